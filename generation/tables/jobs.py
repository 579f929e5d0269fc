"""Requests for pictures, which are the queue."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone

from api.identifiers import new_id
from api.models import ApiKey
from generation.modes import Mode
from generation.querysets import JobQuerySet
from generation.queue_models import Priority
from generation.tables.diffusion_models import DiffusionModel
from generation.tables.images import SourceImage
from generation.tables.reruns import RerunRecord


class Job(models.Model):
    """A request for one or more works from one recipe template.

    `revision` grows by one with every change that a watcher should see; it is the id of the live events.
    The lease (`lease_token`, `lease_expires_at`) belongs to the worker that holds the job.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        CANCELED = "canceled", "canceled"

    Mode = Mode

    class Format(models.TextChoices):
        PNG = "png", "PNG, every pixel as it was drawn"
        JPEG = "jpeg", "JPEG, smaller, and a little changed"
        WEBP = "webp", "WebP, smaller still, and a little changed"

    class Purpose(models.TextChoices):
        DRAW = "draw", "new pictures"
        REPRODUCE = "reproduce", "a work run again"
        AUDIT = "audit", "one step of a work run again"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(
        max_length=9,
        choices=Purpose.choices,
        default=Purpose.DRAW,
        db_default="draw",
        help_text="a re-run makes no work: its record belongs to the work that it is about",
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    model = models.ForeignKey(DiffusionModel, on_delete=models.PROTECT, related_name="jobs")
    prompt = models.TextField(max_length=2000)
    negative_prompt = models.TextField(max_length=2000, blank=True)
    private_prompt = models.BooleanField(default=False, help_text="the recipe holds a salted commitment instead")
    seed = models.BigIntegerField(help_text="of the first picture; the n-th has seed + n")
    steps = models.PositiveSmallIntegerField()
    guidance_scale = models.DecimalField(max_digits=6, decimal_places=3)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    count = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(16)])
    output_format = models.CharField(
        max_length=4, choices=Format.choices, default=Format.PNG, db_default="png", help_text="of the published files"
    )
    output_quality = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="of JPEG and WebP, 75 to 100; null for PNG"
    )
    sampling_key = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="equal for jobs that may share a batch; one without is drawn alone",
    )

    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices,
        default=Priority.NORMAL,
        db_default=Priority.NORMAL,
        help_text="class in the queue",
    )
    key = models.ForeignKey(
        ApiKey,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        db_index=False,
        help_text="that asked for it; none for the website",
    )
    charged_pictures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="that count against a day's quota: those asked for; at the end, those made"
    )
    charged_at = models.DateTimeField(null=True, blank=True, help_text="the day whose quota that is")
    prompts = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="of each picture, wildcards resolved; [] without any",
    )
    negative_prompts = models.JSONField(
        default=list, db_default=Value([], models.JSONField()), blank=True, help_text="likewise"
    )
    prompt_weighting = models.BooleanField(default=False, db_default=False)
    adapters = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text='[{"adapter": slug, "weight": decimal text}], in order',
    )
    mode = models.CharField(
        max_length=16, choices=Mode.choices, default=Mode.TEXT_TO_IMAGE, db_default="text_to_image"
    )
    strength = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    init_image = models.ForeignKey(SourceImage, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    init_work = models.ForeignKey(
        "generation.Work", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    mask_image = models.ForeignKey(SourceImage, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    flag_reason = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="why a prompt rule flags its pictures"
    )

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    step = models.PositiveIntegerField(default=0, help_text="denoising steps done, over all pictures")
    total_steps = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_detail = models.TextField(blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True, help_text="when it is canceled unless it has ended")
    preview_index = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the picture of which there was a preview last, while it forms"
    )
    preview_step = models.PositiveSmallIntegerField(null=True, blank=True, help_text="after that many of its steps")
    lost_workers = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="workers that stopped in the middle of it: name, when, after how many steps",
    )
    parked_at = models.DateTimeField(
        null=True, blank=True, help_text="when it was given up because its workers kept stopping, or by an operator"
    )
    lease_token = models.UUIDField(null=True, blank=True)
    leased_by = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(
        default=timezone.now, help_text="its place in the queue; a retry joins at the end"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="by the worker that holds it or held it last")
    finished_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(
        null=True, blank=True, help_text="its person has seen that it failed, and put it out of sight"
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(count__gte=1, count__lte=16), name="job_count_1_to_16"),
            models.CheckConstraint(
                condition=Q(status="running", lease_token__isnull=False)
                | (~Q(status="running") & Q(lease_token__isnull=True)),
                name="job_lease_only_while_running",
            ),
        ]
        indexes: ClassVar = [
            # The claim query: the oldest job of a person, class and model. An index by age alone would tempt the
            # planner to walk past everybody else's jobs.
            models.Index(
                fields=["person", "priority", "model", "queued_at", "id"],
                condition=Q(status="queued"),
                name="job_queued_of_person",
            ),
            # Who may join a running batch: fairly, and whoever else has waited longest.
            models.Index(
                fields=["sampling_key", "person", "priority", "queued_at", "id"],
                condition=Q(status="queued"),
                name="job_queued_by_key_person",
            ),
            models.Index(
                fields=["sampling_key", "queued_at", "id"], condition=Q(status="queued"), name="job_queued_by_key"
            ),
            # The beat task that ends what is overdue.
            models.Index(
                fields=["deadline_at"],
                condition=Q(status="queued", deadline_at__isnull=False),
                name="job_queued_deadline",
            ),
            # The beat task that takes back what a dead worker held.
            models.Index(fields=["lease_expires_at"], condition=Q(status="running"), name="job_running"),
            models.Index(F("person"), F("created_at").desc(), name="job_of_person"),
            # What was asked for today.
            models.Index(
                fields=["person", "charged_at"], condition=Q(charged_pictures__gt=0), name="job_charged_person"
            ),
            models.Index(fields=["key", "charged_at"], condition=Q(key__isnull=False), name="job_charged_key"),
            models.Index(fields=["parked_at"], condition=Q(parked_at__isnull=False), name="job_parked"),
        ]

    def __str__(self) -> str:
        return f"{'private prompt' if self.private_prompt else self.prompt[:40]} ({self.status})"

    @property
    def title(self) -> str:
        """What lists call it."""
        words = self.prompt or "private prompt"
        return self.prompt if self.purpose == self.Purpose.DRAW else f"{self.get_purpose_display()}: {words}"

    def made(self) -> int:
        """How many of the pictures that were asked for are there: works, or for a re-run its record."""
        if self.purpose == self.Purpose.DRAW:
            return self.works.count()
        return RerunRecord.objects.filter(rerun__job=self).count()

    def prompt_of(self, index: int) -> str:
        """The words that the index-th picture is drawn from."""
        return str(self.prompts[index]) if self.prompts else self.prompt

    def negative_prompt_of(self, index: int) -> str:
        """Likewise, what it should not show."""
        return str(self.negative_prompts[index]) if self.negative_prompts else self.negative_prompt
