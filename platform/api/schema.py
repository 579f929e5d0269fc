"""The OpenAPI 3.1 document: what drf-spectacular cannot see from the views is told here, once for all of them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from api.pagination import DEFAULT_LIMIT, MOST


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # drf-spectacular has no types
    """How the schema names `Authorization: Bearer ck_…`."""

    target_class = "api.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, _auto_schema: object) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ck_<prefix>_<secret>",
            "description": "A key with the scopes an operation asks for. Made by `POST /api/v1/keys` from a browser "
            "session, or with `python manage.py apikey create --user U --scopes generate,mint,read`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # drf-spectacular has no types
    """How the schema names the website's session."""

    target_class = "api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, _auto_schema: object) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The website's session; writes also need the header X-CSRFToken. It has every scope.",
        }


def page_parameters() -> list[OpenApiParameter]:
    """The query parameters of every list."""
    return [
        OpenApiParameter("limit", int, description=f"rows on a page, 1 to {MOST}; {DEFAULT_LIMIT} by default"),
        OpenApiParameter("cursor", str, description="opaque; taken from `next` or `previous`"),
    ]


def page_schema(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The shape `{next, previous, results}` around a row's."""
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
