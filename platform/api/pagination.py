"""Lists as cursor pages: `{next, previous, results}`, newest first, without counts.

A cursor is a place between two rows, by `(created_at, id)`: rows that come or go meanwhile shift nothing.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from api.errors import InvalidInput

DEFAULT_LIMIT, MOST = 20, 100
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The rows older than (or, `backwards`, newer than) this one."""

    created_at: datetime
    id: UUID
    backwards: bool

    def text(self) -> str:
        """The opaque form."""
        body = json.dumps([self.created_at.isoformat(), str(self.id), int(self.backwards)])
        return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def parse_cursor(text: str) -> Cursor:
    """The inverse of `Cursor.text`. Raises InvalidInput."""
    try:
        body = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        created_at, id_, backwards = json.loads(body)
        return Cursor(
            created_at=datetime.fromisoformat(created_at).astimezone(UTC), id=UUID(id_), backwards=bool(backwards)
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        detail = "This cursor was not made by this list. Start again without one."
        raise InvalidInput.for_field("cursor", detail, code="invalid_cursor") from error


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """One page and the full addresses of its neighbours."""

    rows: list[Row]
    next: str | None
    previous: str | None

    def body(self, results: Any) -> dict[str, Any]:  # noqa: ANN401 - what a serializer gives
        """The JSON of the page around its serialized rows."""
        return {"next": self.next, "previous": self.previous, "results": results}


def page_of(request: Request, queryset: QuerySet[Row]) -> Page[Row]:
    """The page that `?cursor=` and `?limit=` ask for. The rows need `created_at` and `id`. Raises InvalidInput."""
    limit = _limit(request.query_params.get("limit"))
    text = request.query_params.get("cursor")
    cursor = parse_cursor(text) if text else None
    rows = list(_after(queryset, cursor)[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    backwards = cursor is not None and cursor.backwards
    if backwards:
        rows.reverse()
    has_newer = more if backwards else cursor is not None
    has_older = True if backwards else more
    return Page(
        rows=rows,
        next=_address(request, rows[-1], backwards=False) if rows and has_older else None,
        previous=_address(request, rows[0], backwards=True) if rows and has_newer else None,
    )


def _limit(text: str | None) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise InvalidInput.for_field("limit", f"`limit` is a whole number from 1 to {MOST}.")
    return int(text)


def _after(queryset: QuerySet[Row], cursor: Cursor | None) -> QuerySet[Row]:
    if cursor is None:
        return queryset.order_by("-created_at", "-id")
    same_moment = Q(created_at=cursor.created_at)
    if cursor.backwards:
        beyond = Q(created_at__gt=cursor.created_at) | (same_moment & Q(id__gt=cursor.id))
        return queryset.filter(beyond, created_at__gte=cursor.created_at).order_by("created_at", "id")
    beyond = Q(created_at__lt=cursor.created_at) | (same_moment & Q(id__lt=cursor.id))
    return queryset.filter(beyond, created_at__lte=cursor.created_at).order_by("-created_at", "-id")


def _address(request: Request, row: Model, *, backwards: bool) -> str:
    place = Cursor(created_at=row.created_at, id=row.id, backwards=backwards)  # type: ignore[attr-defined] # every listed model has both
    query = {**request.query_params.dict(), "cursor": place.text()}
    return f"{settings.SITE_URL}{request.path}?{urlencode(query)}"
