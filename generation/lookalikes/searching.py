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
"""candidates further than NEAR whose files are opened, the nearest first"""
MOST_NEAR = 100
"""likewise within NEAR: where there are many flat pictures, many are as near as the right one"""
AT_ONCE, MOST_ASKED = 240, 20
"""rows that are looked up together, and how often: nearer works that are not among those asked for hide none"""
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

    Crops are looked for in the database, once there are too many for memory, only when nothing else is found. Works
    of the last second may be missed unless `fresh`. Every candidate is confirmed against its stored file, so a poor
    hash (a flat picture) costs time, not truth. A file that is missing or damaged confirms nothing.
    """
    image = image.convert("RGB")
    works = Work.objects.all() if among is None else among
    same = list(works.filter(pixel_hash=pixel_hash(image)).select_related("file").order_by("created_at")[:limit])
    matches = [Match(work=work, distance=0, kind="exact", correlation=1.0) for work in same]
    asked = pdq(image).bits
    whole, parts = (_in_memory(index, asked, fresh=fresh) for index in (whole_pictures, crops))
    if whole is None:
        whole = near_in_database(asked, within=WORTH_A_LOOK, crops=False)
    matches += _confirmed_among(image, works, whole, parts or [], known=matches, limit=limit)
    if parts is None and not matches:
        # Where there are millions it takes seconds: only for a picture that nothing else was found for.
        parts = near_in_database(asked, within=WORTH_A_LOOK, crops=True)
        matches += _confirmed_among(image, works, [], parts, known=matches, limit=limit)
    return matches


def _in_memory(index: HashIndex, bits: bytes, *, fresh: bool) -> list[Near] | None:
    try:
        return index.near(bits, within=WORTH_A_LOOK, fresh=fresh)
    except IndexTooLarge:
        return None


def _confirmed_among(
    image: Image.Image, works: QuerySet[Work], whole: list[Near], parts: list[Near], *, known: list[Match], limit: int
) -> list[Match]:
    matches: list[Match] = []
    told = {match.work.pk for match in known}
    for work, near, start in _candidates(works, whole, parts):
        if len(told) + len(matches) >= limit:
            break
        if work.pk not in told and (match := _confirmed(image, work, near, start)):
            matches.append(match)
    return matches


def _candidates(
    works: QuerySet[Work], whole: list[Near], parts: list[Near]
) -> Iterator[tuple[Work, Near, tuple[float, float, float]]]:
    """The nearest works by hash, each with its nearest row and where in it to look first."""
    # A copy of the whole is one, even where a crop of the same flat picture happens to be nearer.
    found = [near for near in whole if near.distance <= NEAR]
    found += sorted([*whole[len(found) :], *parts], key=lambda near: near.distance)
    compared = {True: 0, False: 0}
    for work, near, place in _works_of(found, works):
        is_near = near.distance <= NEAR
        if compared[is_near] >= (MOST_NEAR if is_near else MOST_COMPARED):
            continue
        compared[is_near] += 1
        # A tile of another release's is none of TILES: it is looked for from the whole on.
        yield work, near, TILES[place - 1] if 0 < place <= len(TILES) else WHOLE


def _works_of(found: list[Near], works: QuerySet[Work]) -> Iterator[tuple[Work, Near, int]]:
    """Each work among `works` that has a row, once, with its first row and that one's place in it."""
    seen: set[object] = set()
    for begin in range(0, min(len(found), AT_ONCE * MOST_ASKED), AT_ONCE):
        part = found[begin : begin + AT_ONCE]
        rows = PerceptualHash.objects.in_bulk([near.row for near in part])
        chosen = works.select_related("file").in_bulk({row.work_id for row in rows.values()} - seen)
        for near in part:
            row = rows.get(near.row)
            if row is None or row.work_id in seen:
                continue
            seen.add(row.work_id)
            if row.work_id in chosen:
                yield chosen[row.work_id], near, row.place


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
