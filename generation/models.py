"""Diffusion models, jobs, stored files and works."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone

from api.identifiers import new_id
from api.models import ApiKey
from generation.modes import Mode
from generation.querysets import DiffusionModelQuerySet, JobQuerySet, WorkQuerySet
from generation.queue_models import Allowance, Priority, StepTime, Turn, Worker
from generation.tables.adapters import Adapter
from generation.tables.images import SourceImage, WorkParent
from generation.tables.likeness import PerceptualHash, Resemblance
from generation.tables.loading import LoadingSettings
from generation.tables.outside import Pin, TimeStamp
from generation.tables.prompting import PromptRule, Wildcard
from generation.tables.reruns import Rerun, RerunRecord, Trajectory

__all__ = [
    "Adapter",
    "Allowance",
    "DiffusionModel",
    "Job",
    "PerceptualHash",
    "Pin",
    "Priority",
    "PromptRule",
    "Rerun",
    "RerunRecord",
    "Resemblance",
    "SourceImage",
    "StepTime",
    "StoredFile",
    "TimeStamp",
    "Trajectory",
    "Turn",
    "Wildcard",
    "Work",
    "WorkParent",
    "Worker",
]


class DiffusionModel(LoadingSettings):
    """A diffusers pipeline that pictures are made with: a folder, a single `.safetensors` file or a hub id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=500, help_text="a folder, a .safetensors file, or a hub id")
    revision = models.CharField(max_length=100, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    model_hash = models.BinaryField(
        max_length=32,
        null=True,
        blank=True,
        help_text="sha256 of the canonical manifest; null until first computed",
    )
    manifest = models.JSONField(
        default=dict, blank=True, help_text="path of each file the pipeline is loaded from → its sha256"
    )
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        help_text="of the files' sizes and times when they were hashed: a change hashes anew",
    )
    default_steps = models.PositiveSmallIntegerField(default=20)
    default_guidance_scale = models.DecimalField(max_digits=6, decimal_places=3, default=2)
    default_width = models.PositiveIntegerField(default=256)
    default_height = models.PositiveIntegerField(default=256)
    max_side = models.PositiveIntegerField(default=1024)
    size_multiple = models.PositiveIntegerField(default=8, help_text="width and height are multiples of this")
    measured_slots = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="device → size → how many pictures are drawn at once there; written by measure_slots",
    )
    is_default = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DiffusionModelQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-is_default", "slug"]
        verbose_name = "model"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_model")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """`disabled`, `unusable` (the last loading failed), `not_downloaded` (never read) or `ready`."""
        if not self.enabled:
            return "disabled"
        if self.load_error:
            return "unusable"
        return "not_downloaded" if self.model_hash is None else "ready"

    @property
    def checks_images(self) -> bool:
        """Whether each picture is looked at by a checker, which may flag it for curators."""
        return self.has_image_checker and self.image_checker == self.ImageChecker.PIPELINE


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


class StoredFile(models.Model):
    """Bytes kept under their own hash: pictures, recipes, token metadata. Served at `/ipfs/<cid>`."""

    sha256 = models.BinaryField(max_length=32, primary_key=True)
    cid = models.CharField(max_length=100, unique=True, help_text="as `ipfs add --cid-version=1 --raw-leaves` gives")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    path = models.CharField(max_length=200, help_text="in the media storage")
    is_public = models.BooleanField(default=True, db_default=True, help_text="served to everybody by its CID")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.cid

    @property
    def extension(self) -> str:
        """`png`, `jpg`, `webp` or `json`."""
        return self.path.rpartition(".")[2]


class Work(models.Model):
    """One picture that came out, with its recipe and attestation. Only the review state ever changes.

    `pixel_hash` is of the pixels in the published file, watermark included; `render_hash` of what the model drew.
    """

    class Review(models.TextChoices):
        PENDING = "pending", "awaiting review"
        APPROVED = "approved", "approved"
        HIDDEN = "hidden", "hidden"
        REJECTED = "rejected", "rejected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="works")
    index = models.PositiveSmallIntegerField(help_text="place in its job, from 0")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="works")
    model = models.ForeignKey(DiffusionModel, on_delete=models.PROTECT, related_name="works")
    prompt = models.TextField(max_length=2000)
    private_prompt = models.BooleanField(default=False)
    prompt_salt = models.BinaryField(max_length=32, null=True, blank=True)
    seed = models.BigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    preview_path = models.CharField(max_length=200, help_text="a WebP preview in the media storage")
    thumbhash = models.CharField(max_length=60, help_text="base64; a placeholder while the picture loads")
    content_hash = models.BinaryField(max_length=32, unique=True)
    pixel_hash = models.BinaryField(max_length=32, db_index=True, help_text="of the published file, decoded")
    render_hash = models.BinaryField(
        max_length=32,
        null=True,
        db_index=True,
        help_text="pixel hash before the watermark; null in the oldest",
    )
    watermark_id = models.BigIntegerField(
        null=True, unique=True, help_text="the 64 bits in the pixels, as a signed number; null when unmarked"
    )
    watermark_version = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="where in the picture the mark is strong; all versions are read alike"
    )
    iscc = models.CharField(max_length=80, blank=True, default="", db_default="", help_text="ISO 24138 image code")
    compared_at = models.DateTimeField(
        null=True, blank=True, help_text="when look-alikes among earlier works were searched for; null: not yet"
    )
    recipe_hash = models.BinaryField(max_length=32, db_index=True)
    recipe_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    recipe = models.JSONField()
    attestation = models.JSONField(help_text="the document of provenance.attestations.document()")

    review_state = models.CharField(max_length=10, choices=Review.choices, default=Review.PENDING)
    flagged = models.BooleanField(default=False, help_text="blurred until a curator has looked")
    flag_reason = models.CharField(max_length=200, blank=True)
    safety = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="what checked the picture, and its scores",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            # A retried job can never yield a second set.
            models.UniqueConstraint(fields=["job", "index"], name="one_work_per_place_in_job"),
        ]
        indexes: ClassVar = [
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(review_state__in=["pending", "approved"]),
                name="work_in_gallery",
            ),
            models.Index(F("review_state"), F("created_at").desc(), name="work_review_queue"),
            models.Index(fields=["created_at"], condition=Q(compared_at__isnull=True), name="work_not_compared"),
            models.Index(F("person"), F("created_at").desc(), name="work_of_person"),
            # The words of prompts, as generation.studio.search asks for them.
            GinIndex(SearchVector("prompt", config="simple"), name="work_prompt_words"),
        ]

    def __str__(self) -> str:
        return "Private prompt" if self.private_prompt else self.prompt[:60]

    @property
    def drawn_pixels_hash(self) -> bytes:
        """What the same recipe must give again: the pixel hash before the watermark (law 9)."""
        return bytes(self.render_hash if self.render_hash is not None else self.pixel_hash)


# Django looks for an app's tables here; the studio's stand in a room of their own.
from generation.studio.models import Board, BoardWork, Favourite, Preset  # noqa: E402, F401 - they name Work
