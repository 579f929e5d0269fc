"""Signed distances on a grid: negative inside. x points right, y points down, the picture spans -1..1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]
Shape = Callable[[Field, Field], Field]
Point = tuple[float, float]


@dataclass(frozen=True)
class Grid:
    """Pixel centres of a square picture; `pixel` is one pixel's width in picture units."""

    x: Field
    y: Field
    pixel: float


@lru_cache(maxsize=8)
def grid(size: int) -> Grid:
    """The grid of a `size` by `size` picture; both fields have shape (size, size)."""
    line = ((np.arange(size) + 0.5) / size * 2 - 1).astype(np.float32)
    x, y = np.meshgrid(line, line)
    return Grid(x, y, 2 / size)


def coverage(distance: Field, pixel: float) -> Field:
    """Share of each pixel that lies inside, 0..1: anti-aliasing without supersampling."""
    inside: Field = np.clip(np.float32(0.5) - distance / np.float32(pixel), 0, 1)
    return inside


def circle(x: Field, y: Field, radius: float) -> Field:
    """Distance to a disc around the origin."""
    return np.hypot(x, y) - np.float32(radius)


def box(x: Field, y: Field, half_width: float, half_height: float) -> Field:
    """Distance to an upright rectangle around the origin."""
    return np.maximum(np.abs(x) - np.float32(half_width), np.abs(y) - np.float32(half_height))


def convex(x: Field, y: Field, corners: Sequence[Point]) -> Field:
    """Distance to a convex polygon, corners clockwise on screen.

    Outside the corners it is mitred, not round, which keeps outlines sharp.
    """
    result: Field | None = None
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        length = float(np.hypot(bx - ax, by - ay))
        nx, ny = (by - ay) / length, -(bx - ax) / length
        edge = (x - np.float32(ax)) * np.float32(nx) + (y - np.float32(ay)) * np.float32(ny)
        result = edge if result is None else np.maximum(result, edge)
    assert result is not None
    return result


def fold(x: Field, y: Field, points: int) -> tuple[Field, Field]:
    """Coordinates folded into one of `points` equal sectors, the first of which points up (across, along)."""
    radius = np.hypot(x, y)
    sector = np.float32(2 * np.pi / points)
    angle = np.abs((np.arctan2(x, -y) + sector / 2) % sector - sector / 2)
    return radius * np.sin(angle), radius * np.cos(angle)


def star(x: Field, y: Field, points: int, outer: float, inner: float) -> Field:
    """Distance to a star with `points` tips at radius `outer` and notches at radius `inner`."""
    across, along = fold(x, y, points)
    half = np.pi / points
    notch = (inner * float(np.sin(half)), inner * float(np.cos(half)))
    edge = np.array((notch[0], notch[1] - outer), np.float32)
    edge /= np.hypot(*edge)
    distance: Field = (along - np.float32(outer)) * edge[0] - across * edge[1]
    return distance


def union(*fields: Field) -> Field:
    """Distance to whatever lies in any of the fields."""
    result = fields[0]
    for field in fields[1:]:
        result = np.minimum(result, field)
    return result
