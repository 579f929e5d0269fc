"""What a check has in hand: the bytes, the work recorded for them, and the note they carry."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q
from PIL import Image

from generation.lookalikes import Match, look_alikes
from generation.models import Work
from generation.publishing.marking import MarkFound, find_marked_works
from provenance.certificates import load_or_create_anchors
from provenance.credentials import CredentialsReport, read
from verification.copies import original_of
from verification.pictures import Picture, within_its_border
from verification.stamps import stamp_anchors, stamp_beside

MOST_SHOWN = 6
"""look-alikes named in a report"""
PUBLIC = (Work.Review.PENDING, Work.Review.APPROVED)


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Everything the layers look at.

    `data` and `picture` are None when only a hash is known; `credentials` then too. `work` is the work with exactly
    these bytes, or else, with `same_pixels_only`, the first one with these pixels. `marks` are the works that the
    watermark may name, `matches` those that are shown here and look alike: both are hints. `seen` is the picture they
    were found in.
    """

    content_hash: bytes
    picture: Picture | None
    credentials: CredentialsReport | None
    work: Work | None
    same_pixels_only: bool
    seen: Image.Image | None = None
    marks: tuple[MarkFound, ...] = ()
    matches: tuple[Match, ...] = ()
    stamped_beside: datetime | None = None
    """when a trusted authority says that these bytes existed, by a stamp that is kept beside the file"""

    @functools.cached_property
    def copied(self) -> Work | None:
        """The work that this is a changed copy of."""
        if self.work is not None or self.seen is None:
            return None
        return original_of(self.seen, marks=self.marks)

    @property
    def mark(self) -> MarkFound | None:
        """Whose mark it carries: that of the work it is a copy of, else the nearest."""
        of_the_copied = (mark for mark in self.marks if mark.work == self.copied)
        return next(of_the_copied, next(iter(self.marks), None))

    @property
    def attestation(self) -> object | None:
        """The attestation in the file, else the recorded one, as found."""
        if self.credentials is not None and self.credentials.attestation is not None:
            return self.credentials.attestation
        return self.work.attestation if self.work is not None else None

    @property
    def recipe(self) -> Mapping[str, Any] | None:
        """The recipe in the file, else the recorded one, as found."""
        if self.credentials is not None and self.credentials.recipe is not None:
            return self.credentials.recipe
        return self.work.recipe if self.work is not None else None

    @property
    def public_work_id(self) -> str | None:
        """The recorded work's id, unless the curators took it off the public pages."""
        work = self.work or self.copied
        if work is None or work.review_state not in PUBLIC:
            return None
        return str(work.pk)


def gather(*, content_hash: bytes, data: bytes | None, picture: Picture | None) -> Evidence:
    """Look up the work and read the note in the file."""
    work, same_pixels_only = _recorded_work(content_hash, picture)
    seen, marks, matches = _hints(None if picture is None else picture.image)
    credentials = None
    if data is not None and picture is not None:
        credentials = read(
            data,
            media_type=picture.media_type,
            anchors_pem=_anchors(settings.C2PA_DIR),
            stamp_anchors_pem=stamp_anchors(),
        )
    return Evidence(
        content_hash=content_hash,
        picture=picture,
        credentials=credentials,
        work=work,
        same_pixels_only=same_pixels_only,
        seen=seen,
        marks=marks,
        matches=matches,
        stamped_beside=None if work is None or data is None or same_pixels_only else stamp_beside(work, data=data),
    )


def _hints(
    image: Image.Image | None,
) -> tuple[Image.Image | None, tuple[MarkFound, ...], tuple[Match, ...]]:
    """The marks and the look-alikes; looked for without a border of one colour when nothing is found with it.

    A screenshot has such a border as often as not.
    """
    for seen in () if image is None else (image, within_its_border(image)):
        if seen is not None:
            marks = tuple(find_marked_works(seen))
            matches = tuple(look_alikes(seen, among=Work.objects.gallery(), limit=MOST_SHOWN))
            if marks or matches:
                return seen, marks, matches
    return image, (), ()


def _recorded_work(content_hash: bytes, picture: Picture | None) -> tuple[Work | None, bool]:
    """The work with these bytes; else the first with these pixels, a public one if there is one."""
    works = Work.objects.select_related("file", "model")
    work = works.filter(content_hash=content_hash).first()
    if work is not None or picture is None or not picture.pixel_hashes:
        return work, False
    same_pixels = works.filter(pixel_hash__in=picture.pixel_hashes).order_by("created_at", "id")
    work = same_pixels.filter(Q(review_state__in=PUBLIC)).first() or same_pixels.first()
    return work, work is not None


@functools.cache
def _anchors(folder: Path) -> str:
    """Read once per process; a new chain takes a restart."""
    return load_or_create_anchors(folder)
