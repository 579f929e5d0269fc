"""Is a picture a changed copy of one work? Its mark says of which, or else its looks; the two are then compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from generation.lookalikes import Match
from generation.lookalikes.searching import stored_picture
from generation.models import Work
from generation.publishing.marking import MarkFound, keeps_its_mark
from provenance.alignment import looks_the_same


@dataclass(frozen=True, kw_only=True)
class Copied:
    """The original, and what leads to it: the mark in the copy, or looks alone where a copy keeps no mark."""

    work: Work
    told_by: Literal["mark", "looks"]


def original_of(seen: Image.Image, *, marks: Sequence[MarkFound], matches: Sequence[Match]) -> Copied | None:
    """The work that `seen` is a copy of; None when nothing ties it to one.

    What looks like a work whose copies keep their mark, and has none, is no copy by looks: somebody may have drawn
    the same.
    """
    # The mark says where to look, so no fingerprint needs to be near.
    for mark in marks:
        original = stored_picture(mark.work)
        if original is not None and looks_the_same(seen, original=original):
            return Copied(work=mark.work, told_by="mark")
    for match in matches:
        if match.kind == "near" and not _keeps_its_mark(match.work):
            return Copied(work=match.work, told_by="looks")
    return None


def _keeps_its_mark(work: Work) -> bool:
    original = stored_picture(work)
    return original is not None and keeps_its_mark(work, original)
