"""Reading JSON bodies, with bounds: their size, their depth, and what Postgres and our answers can hold."""

import codecs
import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from api.errors import BodyTooLarge

DEEPEST = 20


class MalformedJson(ParseError):
    """The body is not JSON, or is JSON that nothing here could keep."""

    default_code = "malformed_json"


class JsonParser(parsers.JSONParser):
    """Strict JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes and 20 levels, in valid Unicode."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - DRF's signature
    ) -> Any:  # noqa: ANN401 - JSON values are any type
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes. Nothing was done.")
        try:
            text = codecs.decode(body, "utf-8")
            value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated)
        except (ValueError, RecursionError) as error:
            raise MalformedJson(f"The body is not JSON: {_reason(error)}. Nothing was done.") from error
        _check(value, depth=1)
        return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, unless a name is in it twice: readers differ in which of the two they take (RFC 8259 §4)."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"it is nested deeper than {DEEPEST} levels"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error)


def _check(value: object, *, depth: int) -> None:
    """Refuse what is too deep, and text with half a surrogate pair, which no UTF-8 answer could repeat."""
    if depth > DEEPEST:
        raise MalformedJson(f"The body is nested deeper than {DEEPEST} levels. Nothing was done.")
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise MalformedJson("The body has half a surrogate pair, which is no text. Nothing was done.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth=depth + 1)
            _check(inner, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth=depth + 1)
