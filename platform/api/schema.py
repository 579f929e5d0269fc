"""What endpoints say about themselves to the schema: parameters and shapes that several of them share."""

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from api.pagination import DEFAULT_LIMIT, MOST


def page_parameters() -> list[OpenApiParameter]:
    """The query parameters of every list."""
    return [
        OpenApiParameter("limit", int, description=f"rows on a page, 1 to {MOST}; {DEFAULT_LIMIT} by default"),
        OpenApiParameter("cursor", str, description="opaque; taken from `next` or `previous`"),
    ]


@cache
def page_schema(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The shape `{next, previous, results}` around a row's: one component, however many lists have such rows."""
    name = row.__name__.removesuffix("Serializer") + "Page"
    address = "the full address of the neighbouring page, or null"
    page: serializers.Serializer[Any] = inline_serializer(
        name,
        {
            "next": serializers.CharField(allow_null=True, help_text=address),
            "previous": serializers.CharField(allow_null=True, help_text=address),
            "results": row(many=True),
        },
    )
    return page


def making_parameters() -> list[OpenApiParameter]:
    """The request headers of a POST that makes a job or a mint."""
    return [
        OpenApiParameter(
            "Idempotency-Key",
            str,
            OpenApiParameter.HEADER,
            description="1 to 255 visible ASCII characters of your choice. The same key with the same body gives the "
            "same object, however often it is sent (200, `Idempotent-Replayed: true`); with another body, 422 "
            "`idempotency_key_reused`.",
        ),
        OpenApiParameter(
            "Prefer",
            str,
            OpenApiParameter.HEADER,
            description="`wait=N` holds the answer until the object has ended, for at most N seconds (60 at most). "
            "`Preference-Applied` in the answer says that it was done.",
        ),
    ]
