"""The watermark in works: issuing ids, marking, and finding the work that a marked copy came from."""

import functools
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from PIL import Image

from generation.models import Work
from generation.publishing.mark_index import issued_marks
from provenance import watermarks
from provenance.digests import pixel_hash
from provenance.keys import load_or_create_key


@dataclass(frozen=True, kw_only=True)
class MarkedPicture:
    """A drawn picture and what is published of it. `watermark_id` is None for a picture too small to be marked.

    `version` is the one of `watermarks` that it was marked with.
    """

    image: Image.Image
    render_hash: bytes
    watermark_id: int | None
    version: int = watermarks.EVENLY


@dataclass(frozen=True, kw_only=True)
class MarkFound:
    """The work whose issued id is nearest to what a picture spells, and in how many of the 64 bits they differ.

    A hint: a random picture spells something near one of a million ids once in 3,500 times. Compare the pictures.
    """

    work: Work
    wrong_bits: int


def mark_render(image: Image.Image) -> MarkedPicture:
    """Put a new id into a drawn picture; the id becomes known when the work is written with it."""
    render_hash = pixel_hash(image)
    if not watermarks.can_be_marked(image):
        return MarkedPicture(image=image, render_hash=render_hash, watermark_id=None)
    issued = secrets.randbits(watermarks.BITS)
    marked, version = watermarks.mark_gently(image, watermark_id=issued, key=_key())
    return MarkedPicture(image=marked, render_hash=render_hash, watermark_id=issued, version=version)


def mark_again(render: Image.Image, *, work: Work) -> Image.Image:
    """The pixels that were published for this render of a work: the same id, key and version, once more."""
    if work.watermark_id is None:
        return render
    return watermarks.mark(
        render, watermark_id=unsigned(work.watermark_id), key=_key(), version=work.watermark_version
    )


def find_marked_works(image: Image.Image) -> list[MarkFound]:
    """The works whose ids are no more than eight bits from what the picture spells, the nearest first.

    Compares with every issued id, exactly. Nearly always none or one; among millions a second one comes near by
    chance, and may be the nearer one when the copy is poor.
    """
    if min(image.size) < watermarks.MIN_SIDE // 2:
        return []
    spelled = signed(watermarks.read_mark(image, key=_key()))
    near = issued_marks.near(spelled, within=watermarks.WRONG_BITS)
    if near is None:
        near = _near_in_database(spelled)
    works = {work.watermark_id: work for work in Work.objects.filter(watermark_id__in=[mark for _, mark in near])}
    return [MarkFound(work=works[mark], wrong_bits=wrong_bits) for wrong_bits, mark in near if mark in works]


def keeps_its_mark(work: Work, published: Image.Image) -> bool:
    """Whether a poor copy of this work, halved and saved as JPEG 75 at worst, can be told by its mark.

    False for those without one (too small, or from before there were marks), and for the few whose patterns drown it.
    """
    if work.watermark_id is None:
        return False
    issued = unsigned(work.watermark_id)
    return watermarks.worst_read(published, watermark_id=issued, key=_key()) <= watermarks.WRONG_BITS


def _near_in_database(spelled: int) -> list[tuple[int, int]]:
    """The same answer from the database: it reads the column's index, not the rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bit_count((watermark_id # %s)::bit(64)) AS wrong, watermark_id FROM generation_work "
            "WHERE watermark_id IS NOT NULL AND bit_count((watermark_id # %s)::bit(64)) <= %s "
            "ORDER BY wrong, watermark_id LIMIT 8",
            [spelled, spelled, watermarks.WRONG_BITS],
        )
        return [(int(wrong), int(mark)) for wrong, mark in cursor.fetchall()]


def signed(watermark_id: int) -> int:
    """The 64 bits as the database's signed number."""
    return int.from_bytes(watermark_id.to_bytes(8), signed=True)


def unsigned(watermark_id: int) -> int:
    """The inverse of `signed`."""
    return int.from_bytes(watermark_id.to_bytes(8, signed=True))


@functools.cache
def _key() -> bytes:
    """Read once per process; another key takes a restart, and no longer finds what was marked with the old one."""
    return load_or_create_key(settings.WATERMARK_KEY_FILE)
