"""The search: candidates from the index, or from the database itself, then the pictures side by side."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.db import connection
from django.db.models import QuerySet
from PIL import Image

from api.errors import Problem
from generation.lookalikes.index import HashIndex, IndexTooLarge, Near, crops, whole_pictures
from generation.models import PerceptualHash, Work
from generation.storage import read_bytes
from provenance.alignment import align
from provenance.digests import pixel_hash
from provenance.fingerprints import NEAR, TILES, WORTH_A_LOOK, pdq

logger = logging.getLogger(__name__)

MOST_COMPARED = 12
"""candidates whose files are opened, the nearest first"""
WHOLE = (0.0, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Match:
    """A work that a picture looks like.

    `exact`: the same pixels. `near`: PDQ at most 31 of 256 bits apart, and the pictures fit. `crop`: it fits a part
    of the work (or, much changed, the whole). `distance` in bits; `correlation` of brightness, 0.97 to 1.
    """

    work: Work
    distance: int
    kind: Literal["exact", "near", "crop"]
    correlation: float


def look_alikes(
    image: Image.Image, *, among: QuerySet[Work] | None = None, limit: int = 8, fresh: bool = False
) -> list[Match]:
    """Works that look like this picture, the most alike first; `among` all works unless a queryset says which.

    Works of the last second may be missed unless `fresh`. Every candidate is confirmed against its stored file, so a
    poor hash (a flat picture) costs time, not truth. A file that is missing or damaged confirms nothing.
    """
    image = image.convert("RGB")
    works = Work.objects.all() if among is None else among
    same = list(works.filter(pixel_hash=pixel_hash(image)).select_related("file").order_by("created_at")[:limit])
    matches = [Match(work=work, distance=0, kind="exact", correlation=1.0) for work in same]
    known = {work.pk for work in same}
    for work, near, start in _candidates(image, works, fresh=fresh):
        if work.pk in known or len(matches) >= limit:
            continue
        known.add(work.pk)
        if match := _confirmed(image, work, near, start):
            matches.append(match)
    return matches


def _candidates(
    image: Image.Image, works: QuerySet[Work], *, fresh: bool
) -> Iterator[tuple[Work, Near, tuple[float, float, float]]]:
    """The nearest works by hash, each with its nearest row and where in it to look first; whole pictures first."""
    asked = pdq(image)
    indexes = (whole_pictures, crops)
    found = [near for index in indexes for near in _near(index, asked.bits, WORTH_A_LOOK, fresh=fresh)]
    found.sort(key=lambda near: near.distance)
    rows = PerceptualHash.objects.in_bulk([near.row for near in found[: 20 * MOST_COMPARED]])
    nearest: dict[object, Near] = {}
    for near in found:
        if near.row in rows:
            nearest.setdefault(rows[near.row].work_id, near)
    chosen = works.select_related("file").in_bulk(list(nearest))
    for work_id, near in list(nearest.items())[:MOST_COMPARED]:
        if work_id in chosen:
            place = rows[near.row].place
            yield chosen[work_id], near, TILES[place - 1] if place else WHOLE


def _near(index: HashIndex, bits: bytes, within: int, *, fresh: bool) -> list[Near]:
    try:
        return index.near(bits, within=within, fresh=fresh)
    except IndexTooLarge as error:
        logger.warning("the index of look-alikes is not used: %s", error)
        return near_in_database(bits, within=within, crops=index.crops)


def near_in_database(bits: bytes, *, within: int, crops: bool) -> list[Near]:
    """The same answer from the database, by comparing with every row: exact, and a hundred times slower."""
    text = f"{int.from_bytes(bits):0256b}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, bit_count(bits # %s::bit(256)) AS distance FROM generation_perceptualhash "  # noqa: S608 - one of two texts
            f"WHERE place {'> 0' if crops else '= 0'} AND bit_count(bits # %s::bit(256)) <= %s "
            "ORDER BY distance, id",
            [text, text, within],
        )
        return [Near(row=row, distance=distance) for row, distance in cursor.fetchall()]


def _confirmed(image: Image.Image, work: Work, near: Near, start: tuple[float, float, float]) -> Match | None:
    original = stored_picture(work)
    if original is None:
        return None
    alignment = align(image, original=original, start=start)
    if not alignment.is_alike:
        return None
    kind: Literal["near", "crop"] = "near" if start == WHOLE and near.distance <= NEAR else "crop"
    return Match(work=work, distance=near.distance, kind=kind, correlation=alignment.correlation)


def stored_picture(work: Work) -> Image.Image | None:
    """The decoded published picture; None when its file is missing or damaged."""
    try:
        with Image.open(io.BytesIO(read_bytes(work.file))) as file:
            return file.convert("RGB")
    except (Problem, OSError) as error:
        logger.warning("the file of work %s cannot be compared: %s", work.pk, error)
        return None
