"""The watermark in works: issuing ids, marking, and finding the work that a marked copy came from."""

import functools
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from PIL import Image

from generation.models import Work
from provenance import watermarks
from provenance.digests import pixel_hash
from provenance.keys import load_or_create_key


@dataclass(frozen=True, kw_only=True)
class MarkedPicture:
    """A drawn picture and what is published of it. `watermark_id` is None for a picture too small to be marked."""

    image: Image.Image
    render_hash: bytes
    watermark_id: int | None


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
    marked = watermarks.mark(image, watermark_id=issued, key=_key())
    return MarkedPicture(image=marked, render_hash=render_hash, watermark_id=issued)


def mark_again(render: Image.Image, *, work: Work) -> Image.Image:
    """The pixels that were published for this render of a work: with the same id, by the same key, once more."""
    if work.watermark_id is None:
        return render
    return watermarks.mark(render, watermark_id=unsigned(work.watermark_id), key=_key())


def find_marked_work(image: Image.Image) -> MarkFound | None:
    """The work whose id the picture spells, with at most eight wrong bits; None when there is none such.

    Compares with every issued id inside the database, exactly: 8 bytes a row.
    """
    if min(image.size) < watermarks.MIN_SIDE // 2:
        return None
    spelled = signed(watermarks.read_mark(image, key=_key()))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, bit_count((watermark_id # %s)::bit(64)) AS wrong FROM generation_work "
            "WHERE watermark_id IS NOT NULL AND bit_count((watermark_id # %s)::bit(64)) <= %s ORDER BY wrong LIMIT 1",
            [spelled, spelled, watermarks.WRONG_BITS],
        )
        row = cursor.fetchone()
    return MarkFound(work=Work.objects.get(pk=row[0]), wrong_bits=int(row[1])) if row else None


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
