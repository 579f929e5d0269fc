"""Shapes of uploads in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import HashField
from api.links import endpoint
from generation.models import SourceImage


class SourceImageUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of an upload."""

    get = serializers.URLField(help_text="this upload; DELETE forgets it")
    file = serializers.URLField(help_text="its pixels as PNG, for its owner only")


class SourceImageSerializer(serializers.Serializer[Any]):
    """A picture that you uploaded to start from, or as a mask. Nobody else sees it."""

    id = serializers.UUIDField(help_text="what `init_image` and `mask_image` in a job name")
    width = serializers.IntegerField(help_text="pixels")
    height = serializers.IntegerField(help_text="pixels")
    content_hash = HashField(source="file.sha256", help_text="of the file as it is kept; recipes name it")
    pixel_hash = HashField(help_text="of its pixels; recipes name it")
    has_credentials = serializers.SerializerMethodField(
        help_text="whether it came with content credentials (C2PA), which are carried into what is made from it"
    )
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_has_credentials(self, image: SourceImage) -> bool:
        return image.credentials_id is not None

    @extend_schema_field(SourceImageUrlsSerializer)
    def get_urls(self, image: SourceImage) -> dict[str, str]:
        return {"get": endpoint("images", image.pk), "file": endpoint("images", image.pk, "file")}
