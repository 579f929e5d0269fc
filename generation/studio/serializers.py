"""Shapes of boards in JSON."""

from typing import Any

from rest_framework import serializers

from api.links import endpoint, page
from generation.studio.boards import LONGEST_NAME
from generation.studio.models import Board


class BoardUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a board."""

    get = serializers.URLField(help_text="this board in the API")
    works = serializers.URLField(help_text="the works on it")
    web = serializers.URLField(help_text="its page, for everybody while it is public")


class BoardSerializer(serializers.Serializer[Any]):
    """A person's choice of works. Needs `works_count`, annotated."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    is_public = serializers.BooleanField(help_text="whether everybody can see it")
    works_count = serializers.IntegerField(help_text="works on it")
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_urls(self, board: Board) -> dict[str, str]:
        return {
            "get": endpoint("boards", board.pk),
            "works": endpoint("boards", board.pk, "works"),
            "web": page("generation:board", board.pk),
        }


class BoardRequestSerializer(serializers.Serializer[Any]):
    """The wish for a board."""

    name = serializers.CharField(help_text=f"at most {LONGEST_NAME} characters, one board of a name")
    is_public = serializers.BooleanField(required=False, help_text="false by default")


class BoardChangeSerializer(serializers.Serializer[Any]):
    """What shall be changed about a board."""

    name = serializers.CharField(required=False)
    is_public = serializers.BooleanField(required=False)


class BoardWorksSerializer(serializers.Serializer[Any]):
    """Works to put onto a board."""

    works = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=100)
