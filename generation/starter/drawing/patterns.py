"""Patterns that fill the whole picture; each gives the signed distances of its inks, in the order they are laid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from generation.starter.drawing.geometry import Field, Shape, circle, union

Pattern = Callable[[np.random.Generator], list[Shape]]

# Cells a side. They meet the latents' own grid, so that their edges can be perfectly sharp; and it is one number,
# since a small network that must choose between two draws half of each.
CELLS: Final = 4
# Where nothing has to be straight, a few good arrangements: a network this small draws any of them, but not all.
ARRANGED: Final = 4
DIAGONAL, UPRIGHT = 0.53, 0.5


def _bands(value: Field, period: float) -> Field:
    """Distance to bands that cover half of each period of `value`."""
    from_middle: Field = np.abs((value / np.float32(period)) % 1 - np.float32(0.5))
    return (from_middle - np.float32(0.25)) * np.float32(period)


def _stripes(angle: float, period: float) -> Pattern:
    def pattern(rng: np.random.Generator) -> list[Shape]:
        phase = float(rng.choice([0.0, 0.5])) * period
        across, down = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        return [lambda x, y: _bands(x * across + y * down + np.float32(phase), period)]

    return pattern


def _checkerboard(rng: np.random.Generator) -> list[Shape]:  # noqa: ARG001 - one shape for all patterns
    cell = 2 / CELLS

    def distance(x: Field, y: Field) -> Field:
        across, down = _bands(x + 1 + np.float32(cell / 2), 2 * cell), _bands(y + 1 + np.float32(cell / 2), 2 * cell)
        same_side: Field = -np.sign(across * down) * np.minimum(np.abs(across), np.abs(down))
        return same_side

    return [distance]


def _grid(rng: np.random.Generator) -> list[Shape]:  # noqa: ARG001
    cell = 2 / CELLS

    def line(value: Field) -> Field:
        distance: Field = np.abs((value / np.float32(cell)) % 1 - np.float32(0.5)) * np.float32(cell)
        return distance - np.float32(0.0625)

    return [lambda x, y: np.minimum(line(x + 1), line(y + 1))]


def _dots(rng: np.random.Generator) -> list[Shape]:  # noqa: ARG001
    cell, share = 2 / CELLS, 0.3

    def distance(x: Field, y: Field) -> Field:
        across, down = (
            ((x + 1) / np.float32(cell)) % 1 - np.float32(0.5),
            ((y + 1) / np.float32(cell)) % 1 - np.float32(0.5),
        )
        return circle(across, down, share) * np.float32(cell)

    return [distance]


def _rings(rng: np.random.Generator) -> list[Shape]:
    period, phase = 0.44, float(rng.choice([0.0, 0.5]))
    return [lambda x, y: _bands(np.hypot(x, y) + np.float32(phase * period), period)]


def _rays(rng: np.random.Generator) -> list[Shape]:
    count, phase = int(rng.choice([8, 10])), 0.0

    def distance(x: Field, y: Field) -> Field:
        angle = np.arctan2(y, x) / np.float32(2 * np.pi) * np.float32(count) + np.float32(phase)
        beside = np.abs(angle % 1 - np.float32(0.5)) - np.float32(0.25)
        # Where rays meet they are finer than anything the latents hold: a disc covers it.
        return union(beside * np.float32(2 * np.pi / count) * np.hypot(x, y), circle(x, y, 0.25))

    return [distance]


def _arranged(rng: np.random.Generator) -> np.random.Generator:
    return np.random.default_rng(int(rng.integers(ARRANGED)))


def _flow(rng: np.random.Generator) -> list[Shape]:
    rng = _arranged(rng)
    period, bend = float(rng.uniform(0.36, 0.5)), float(rng.uniform(0.14, 0.24))
    phases, frequency = rng.uniform(0, 6.3, 2), float(rng.uniform(2.2, 3.2))

    def distance(x: Field, y: Field) -> Field:
        level = y + np.float32(bend) * np.sin(x * np.float32(frequency) + np.float32(phases[0]))
        level = level + np.float32(0.1) * np.sin(x * np.float32(1.3) + y * np.float32(2.0) + np.float32(phases[1]))
        return _bands(level, period) * np.float32(0.85)

    return [distance]


def _blobs(rng: np.random.Generator) -> list[Shape]:
    rng = _arranged(rng)
    return [_blob_field(rng, 4), _blob_field(rng, 3)]


def _blob_field(rng: np.random.Generator, count: int) -> Shape:
    centres, widths = rng.uniform(-0.85, 0.85, (count, 2)), rng.uniform(0.22, 0.36, count)

    def distance(x: Field, y: Field) -> Field:
        total = np.zeros_like(x)
        for (cx, cy), width in zip(centres, widths, strict=True):
            total += np.exp(-((x - np.float32(cx)) ** 2 + (y - np.float32(cy)) ** 2) / np.float32(width**2))
        return (np.float32(0.45) - total) * np.float32(0.4)

    return distance


PATTERNS: Final[dict[str, Pattern]] = {
    "horizontal stripes": _stripes(np.pi / 2, UPRIGHT),
    "vertical stripes": _stripes(0.0, UPRIGHT),
    "diagonal stripes": _stripes(np.pi / 4, DIAGONAL),
    "checkerboard": _checkerboard,
    "grid": _grid,
    "dots": _dots,
    "rings": _rings,
    "rays": _rays,
    "flow lines": _flow,
    "blobs": _blobs,
}
PATTERN_NAMES: Final[tuple[str, ...]] = tuple(PATTERNS)
