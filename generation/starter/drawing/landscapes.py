"""Grounds (mountains, hills, waves, city, forest): three layers, far to near, each a distance below a skyline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from generation.starter.drawing.geometry import Field, Shape

Skyline = Callable[[Field], Field]
# Of the latents, in half a picture.
CELLS_TO_ONE: Final = 8
TOWERS: Final = 10
Maker = Callable[[np.random.Generator, float], Skyline]


def _zigzag(x: Field, frequency: float, phase: float) -> Field:
    """A triangle wave in -1..1."""
    wave: Field = np.abs((x * np.float32(frequency) + np.float32(phase)) % 1 - np.float32(0.5)) * 4 - 1
    return wave


def _mountains(rng: np.random.Generator, base: float) -> Skyline:
    frequency, height = float(rng.uniform(0.7, 1.15)), float(rng.uniform(0.2, 0.3))
    first, second = (float(phase) for phase in rng.uniform(0, 1, 2))

    def skyline(x: Field) -> Field:
        ridge = np.float32(height) * _zigzag(x, frequency, first)
        return np.float32(base) + ridge + np.float32(0.06) * _zigzag(x, 2.3 * frequency, second)

    return skyline


def _hills(rng: np.random.Generator, base: float) -> Skyline:
    frequency = float(rng.uniform(2.2, 3.2))
    first, second = (np.float32(phase) for phase in rng.uniform(0, 6.3, 2))

    def skyline(x: Field) -> Field:
        swell: Field = np.float32(0.13) * np.sin(x * np.float32(frequency) + first)
        ripple: Field = np.float32(0.05) * np.sin(x * np.float32(1.9 * frequency) + second)
        return np.float32(base) + swell + ripple

    return skyline


def _waves(rng: np.random.Generator, base: float) -> Skyline:
    frequency, phase = np.float32(rng.uniform(3.1, 3.7)), np.float32(rng.uniform(0, 6.3))
    return lambda x: np.float32(base + 0.1) - np.float32(0.17) * np.abs(np.sin(x * frequency + phase))


def _city(rng: np.random.Generator, base: float) -> Shape:
    """Towers as boxes, so that outlines run down their sides too; on the latents' cells, so that these are sharp."""
    tops = (np.round(base * CELLS_TO_ONE) + rng.integers(-3, 2, TOWERS)) / CELLS_TO_ONE
    widths = rng.integers(2, 4, TOWERS) / CELLS_TO_ONE
    lefts = np.cumsum(widths) - widths - 1 - int(rng.integers(0, 2)) / CELLS_TO_ONE

    middles, halves = lefts + widths / 2, widths / 2
    # Between neighbours another box, as high as the lower of them: or a seam would show.
    middles, halves = np.append(middles, lefts[1:]), np.append(halves, np.full(TOWERS - 1, 1 / CELLS_TO_ONE))
    tops = np.append(tops, np.maximum(tops[1:], tops[:-1]))
    boxes = np.stack([middles, halves, tops], 1).astype(np.float32)

    def distance(x: Field, y: Field) -> Field:
        result = np.float32(base + 0.2) - y
        for middle, half, top in boxes:
            result = np.minimum(result, np.maximum(np.abs(x - middle) - half, top - y))
        return result

    return distance


def _forest(rng: np.random.Generator, base: float) -> Skyline:
    """Firs in a row, four to a picture, in two heights."""
    heights, shift = rng.integers(0, 2, 5) * np.float32(0.125), int(rng.integers(0, 4)) / 4

    def skyline(x: Field) -> Field:
        along = (x + 1) * np.float32(2) + np.float32(shift)
        tall: Field = heights[np.clip(np.floor(along).astype(np.int64), 0, 4)]
        top: Field = np.float32(base - 0.22) - tall + np.abs(along % 1 - np.float32(0.5)) * np.float32(1.1)
        return top

    return skyline


GROUNDS: Final[dict[str, tuple[Maker, float]]] = {
    # The second value turns a vertical gap into a distance (the cosine of a typical slope).
    "mountains": (_mountains, 0.7),
    "hills": (_hills, 0.93),
    "waves": (_waves, 0.88),
    "forest": (_forest, 0.42),
}
# A small network draws few ridges well and all ridges badly.
VIEWS: Final = 4
GROUND_NAMES: Final[tuple[str, ...]] = (*GROUNDS, "city")


def view(ground: str, number: int) -> list[Shape]:
    """One of the `VIEWS` of a ground, as `layers`."""
    return layers(ground, np.random.default_rng([number % VIEWS]))


def layers(ground: str, rng: np.random.Generator) -> list[Shape]:
    """Three signed distances, far to near."""
    bases = (0.12, 0.4, 0.68)
    if ground == "city":
        return [_city(rng, base + float(rng.uniform(-0.03, 0.03))) for base in bases]
    maker, cosine = GROUNDS[ground]
    return [_below(maker(rng, base + float(rng.uniform(-0.03, 0.03))), cosine) for base in bases]


def _below(skyline: Skyline, cosine: float) -> Shape:
    return lambda x, y: (skyline(x) - y) * np.float32(cosine)
