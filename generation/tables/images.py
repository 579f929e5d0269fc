"""Pictures that pictures are made from, and which work came from what."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from api.identifiers import new_id


class SourceImage(models.Model):
    """A picture that a person uploaded to start from, or a mask. Only its owner sees it.

    Kept as opaque RGB without the upload's metadata, turned upright: `file` is what recipes name. `credentials` are
    the content credentials (C2PA) that the upload had, put aside to be carried into what is made from it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="source_images")
    file = models.ForeignKey("generation.StoredFile", on_delete=models.PROTECT, related_name="+")
    credentials = models.ForeignKey(
        "generation.StoredFile", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    pixel_hash = models.BinaryField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "file"], name="one_source_image_per_person_and_file")
        ]
        indexes: ClassVar = [models.Index(F("person"), F("created_at").desc(), name="source_image_of_person")]

    def __str__(self) -> str:
        return f"{self.width} x {self.height}, {self.created_at:%d %B %Y}"


class WorkParent(models.Model):
    """What a work was made from: another work, or an uploaded picture. The edges of the lineage graph."""

    class Role(models.TextChoices):
        INIT = "init", "started from"
        MASK = "mask", "masked by"
        VARIATION_OF = "variation_of", "variation of"
        UPSCALE_OF = "upscale_of", "enlargement of"

    id = models.BigAutoField(primary_key=True)
    work = models.ForeignKey("generation.Work", on_delete=models.PROTECT, related_name="parent_links")
    role = models.CharField(max_length=12, choices=Role.choices)
    parent = models.ForeignKey(
        "generation.Work", on_delete=models.PROTECT, related_name="child_links", null=True, blank=True
    )
    image = models.ForeignKey(
        SourceImage, on_delete=models.PROTECT, related_name="child_links", null=True, blank=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work", "role"], name="one_parent_per_work_and_role"),
            models.CheckConstraint(
                condition=Q(parent__isnull=False, image__isnull=True) | Q(parent__isnull=True, image__isnull=False),
                name="parent_is_a_work_or_an_image",
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
