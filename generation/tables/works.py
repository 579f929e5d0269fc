"""The pictures that came out."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q, Value

from api.identifiers import new_id
from generation.querysets import WorkQuerySet
from generation.tables.diffusion_models import DiffusionModel
from generation.tables.files import StoredFile
from generation.tables.jobs import Job


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
