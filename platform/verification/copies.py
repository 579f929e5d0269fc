"""Is a picture a changed copy of one work? Its mark says of which; the two are then compared."""

from collections.abc import Sequence

from PIL import Image

from generation.lookalikes import Match
from generation.lookalikes.searching import stored_picture
from generation.models import Work
from generation.publishing.marking import MarkFound, keeps_its_mark
from provenance.alignment import looks_the_same


def original_of(seen: Image.Image, *, marks: Sequence[MarkFound]) -> Work | None:
    """The work that `seen` is a copy of; None when nothing ties it to one.

    Looks alone tie nothing: somebody may have drawn the same, or asked the same model for it.
    """
    # The mark says where to look, so no fingerprint needs to be near.
    for mark in marks:
        original = stored_picture(mark.work)
        if original is not None and looks_the_same(seen, original=original):
            return mark.work
    return None


def may_be_an_unmarked_copy(matches: Sequence[Match]) -> bool:
    """Whether one of the works that look nearly the same is of the few whose copies carry no mark to be told by."""
    return any(match.kind == "near" and not _keeps_its_mark(match.work) for match in matches)


def _keeps_its_mark(work: Work) -> bool:
    original = stored_picture(work)
    return original is not None and keeps_its_mark(work, original)
