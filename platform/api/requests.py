"""Reading a request: its body through a serializer, its person, its headers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.request import Request

from api.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from accounts.models import Person


def validated_body(request: Request, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The body's values, in the shape the serializer names.

    Raises InvalidInput naming every field at fault, unknown ones too: a misspelt name is never silently ignored.
    """
    serializer = serializer_class(data=request.data)
    unknown = _unknown_fields(request.data, known=serializer.fields)
    if unknown:
        raise InvalidInput(f"Nothing was done. There is no field {unknown[0].field}.", errors=unknown)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _unknown_fields(body: object, *, known: Mapping[str, Any]) -> list[FieldError]:
    if not isinstance(body, Mapping):
        return []
    detail = f"There is no such field. The fields are: {', '.join(known)}."
    return [
        FieldError(field=str(name)[:80], code="unknown_field", detail=detail) for name in body if name not in known
    ]


def person_of(request: Request) -> "Person":
    """Who is calling; the endpoint's permission has made sure that somebody is."""
    assert request.user.is_authenticated
    return request.user
