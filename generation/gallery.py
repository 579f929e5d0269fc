"""The wall, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from generation.models import Work

PAGE_SIZE = 36
"""works on one page of the wall"""


@dataclass(frozen=True, kw_only=True)
class WallPage:
    """One page of the wall, newest first; `older_than` is the last work's id when there are older ones."""

    works: Sequence[Work]
    older_than: UUID | None


def wall_page(*, works: QuerySet[Work], older_than: UUID | None = None) -> WallPage:
    """A page of these works by keyset, without counting. An unknown `older_than` gives the first page."""
    last = Work.objects.filter(pk=older_than).values("created_at", "pk").first() if older_than else None
    if last:
        works = works.filter(
            Q(created_at__lt=last["created_at"]) | Q(created_at=last["created_at"], pk__lt=last["pk"])
        )
    # The recipes and attestations of a whole page weigh more than everything else on it.
    rows = works.select_related("person").defer("recipe", "attestation").order_by("-created_at", "-pk")
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return WallPage(works=shown, older_than=shown[-1].pk if len(found) > PAGE_SIZE else None)
