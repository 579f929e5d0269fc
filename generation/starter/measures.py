"""Is the picture what the caption asked for? Simple measures on pixels, also run on real drawings as a control."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from generation.starter.drawing.colours import COLOUR_NAMES, COLOURS
from generation.starter.drawing.facts import PLACES, RELATIONS

# A picture here is (64, 64, 3), sRGB in 0..1.
Picture = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

TABLE: Final = np.stack([COLOURS[name] for name in COLOUR_NAMES])
SMALLEST_OBJECT: Final = 20
LEAST_SHARE: Final = 0.25


def border_colour(picture: Picture) -> npt.NDArray[np.float32]:
    """Median colour of the four corners."""
    corners = [picture[:5, :5], picture[:5, -5:], picture[-5:, :5], picture[-5:, -5:]]
    return np.asarray(np.median(np.concatenate([corner.reshape(-1, 3) for corner in corners]), 0), np.float32)


def nearest_colour(colour: npt.NDArray[np.float32]) -> str:
    """The colour word nearest in sRGB."""
    return COLOUR_NAMES[int(((TABLE - colour) ** 2).sum(1).argmin())]


def background_name(picture: Picture) -> str:
    """The colour word of the background."""
    return nearest_colour(border_colour(picture))


def foreground(picture: Picture, least: float = 0.3) -> Mask:
    """Pixels that differ from the background by more than `least` (sum over channels)."""
    return np.asarray(np.abs(picture - border_colour(picture)).sum(2) > least)


def shows_colour(picture: Picture, name: str) -> bool:
    """Whether at least a quarter of the foreground is nearest to `name`: other parts have colours of their own."""
    mask = foreground(picture)
    if mask.sum() < SMALLEST_OBJECT:
        return False
    nearest = ((picture[mask][:, None] - TABLE) ** 2).sum(2).argmin(1)
    return bool((nearest == COLOUR_NAMES.index(name)).mean() >= LEAST_SHARE)


def centre(mask: Mask) -> tuple[float, float]:
    """Centroid of a mask as (x, y) in -1..1."""
    rows, columns = np.nonzero(mask)
    half = mask.shape[0] / 2
    return float((columns.mean() + 0.5) / half - 1), float((rows.mean() + 0.5) / half - 1)


def stands_at(picture: Picture, place: str) -> bool:
    """Whether the foreground's centroid lies at the asked place and not elsewhere."""
    mask = foreground(picture)
    if mask.sum() < SMALLEST_OBJECT:
        return False
    x, y = centre(mask)
    wanted = PLACES[place]
    found = tuple(0 if abs(value) < 0.17 else int(np.sign(value)) for value in (x, y))
    return found == wanted


def pieces(mask: Mask) -> list[int]:
    """Sizes of the connected parts, joined over gaps of a pixel."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:, 1:] |= mask[:, :-1]
    left = {(int(row), int(column)) for row, column in zip(*np.nonzero(wide), strict=True)}
    sizes = []
    while left:
        stack, size = [left.pop()], 1
        while stack:
            row, column = stack.pop()
            for neighbour in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if neighbour in left:
                    left.remove(neighbour)
                    stack.append(neighbour)
                    size += 1
        sizes.append(size)
    return sizes


def counted(picture: Picture) -> int:
    """How many separate things stand on the background."""
    return sum(size >= SMALLEST_OBJECT for size in pieces(foreground(picture, 0.45)))


def related(picture: Picture, first: str, second: str, relation: str) -> bool:
    """Whether the thing in colour `first` stands in `relation` to the thing in colour `second`."""
    mask = foreground(picture)
    nearest = ((picture[..., None, :] - TABLE) ** 2).sum(3).argmin(2)
    one, other = (mask & (nearest == COLOUR_NAMES.index(name)) for name in (first, second))
    if min(one.sum(), other.sum()) < SMALLEST_OBJECT:
        return False
    (x, y), (other_x, other_y) = centre(one), centre(other)
    if relation == "inside":
        return abs(x - other_x) < 0.2 and abs(y - other_y) < 0.2
    right, down = RELATIONS[relation]
    return (x - other_x) * right + (y - other_y) * down > 0.3
