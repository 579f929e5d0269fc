"""The models that pictures are made with."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q, Value

from api.identifiers import new_id
from generation.querysets import DiffusionModelQuerySet
from generation.tables.loading import LoadingSettings


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
    upscale_strength = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.25"),
        db_default=Value(Decimal("0.25")),
        help_text="how much of an enlargement the model draws anew, above 0 to 1",
    )
    upscale_guidance_scale = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="empty: as the picture itself was drawn"
    )
    upscale_prompt = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="words that enlargements are drawn from; empty: those of the picture. For models that know one "
        "size and would draw what those name again, smaller",
    )
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
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_model"),
            models.CheckConstraint(
                condition=Q(upscale_strength__gt=0, upscale_strength__lte=1), name="model_upscale_strength"
            ),
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
