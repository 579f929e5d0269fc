"""What a check has in hand: the bytes, the work recorded for them, and the note they carry."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from generation.models import Work
from provenance.certificates import load_or_create_anchors
from provenance.credentials import CredentialsReport, read
from verification.pictures import Picture

PUBLIC = (Work.Review.PENDING, Work.Review.APPROVED)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the layers look at.

    `data` and `picture` are None when only a hash is known; `credentials` then too. `work` is the work with exactly
    these bytes, or else, with `same_pixels_only`, the first one with these pixels.
    """

    content_hash: bytes
    picture: Picture | None
    credentials: CredentialsReport | None
    work: Work | None
    same_pixels_only: bool

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
        if self.work is None or self.work.review_state not in PUBLIC:
            return None
        return str(self.work.pk)


def gather(*, content_hash: bytes, data: bytes | None, picture: Picture | None) -> Evidence:
    """Look up the work and read the note in the file."""
    work, same_pixels_only = _recorded_work(content_hash, picture)
    credentials = None
    if data is not None and picture is not None:
        credentials = read(data, media_type=picture.media_type, anchors_pem=_anchors(settings.C2PA_DIR))
    return Evidence(
        content_hash=content_hash,
        picture=picture,
        credentials=credentials,
        work=work,
        same_pixels_only=same_pixels_only,
    )


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
