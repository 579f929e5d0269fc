"""Adapters: extra weights that are put on top of a model's."""

from typing import ClassVar

from django.db import models

from api.identifiers import new_id


class Adapter(models.Model):
    """A LoRA: a `.safetensors` file, a folder with one, or a hub id. Configured in GENERATION_ADAPTERS."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=500, help_text="a .safetensors file, a folder, or a hub id")
    revision = models.CharField(max_length=100, blank=True)
    weight_name = models.CharField(max_length=200, blank=True, help_text="the file in a folder or hub repository")
    family = models.CharField(max_length=10, help_text="which models it fits: sd, sdxl, sd3 or flux")
    licence = models.CharField(max_length=120, blank=True)
    adapter_hash = models.BinaryField(
        max_length=32, null=True, blank=True, help_text="sha256 of the weight file; null until first computed"
    )
    fingerprint = models.CharField(max_length=64, blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name
