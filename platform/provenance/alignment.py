"""Is one picture a crop, a scaled or a recoloured copy of another? Pixels are compared, not fingerprints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ALIKE = 0.97
"""of 1: from this correlation on, the part that was found is taken for the same picture.

Measured on 120 of our own: saved, shrunk and cropped copies 0.987 to 1, a fifth brighter 0.916 to 1; of 7,140 pairs
of different ones 12 reached it, which show the same thing in other colours.
"""
SAME_COLOURS = 5.0
"""of 255, root mean square at 16 by 16 points: no further apart, pictures that cannot be aligned may be the same.

Measured: saved and shrunk copies of 33 flat, faint and finely patterned pictures 4.1 at most, of 60 of our own 1.7;
of 28,680 pairs of different ones of our own the nearest two 13.9.
"""
_COARSE = 16
_SIDE = 48
_STEPS = (0.06, 0.03, 0.015, 0.008, 0.004)
"""shares of the original's sides by which the box is moved, coarse to fine"""


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """Where in the original the other picture lies, as shares of its sides, and how well it fits there (-1 to 1)."""

    left: float
    top: float
    right: float
    bottom: float
    correlation: float

    @property
    def is_alike(self) -> bool:
        """Whether what lies there is the same picture."""
        return self.correlation >= ALIKE


def align(copy: Image.Image, *, original: Image.Image, start: tuple[float, float, float]) -> Alignment:
    """Find the part of `original` that `copy` shows, from a first guess on (left, top, side; shares).

    Compares brightness at 48 by 48 pixels: enough to tell pictures apart, and what a poor copy keeps.
    """
    sought = _normalised(copy.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR))
    grey = _smaller(original.convert("L"))
    left, top, side = start
    box = np.clip(np.array([left, top, left + side, top + side]), 0, 1)
    best = _fit(sought, grey, box)
    for step in _STEPS:
        improved = True
        while improved:
            improved = False
            for moved in _moves(box, step):
                fit = _fit(sought, grey, moved)
                if fit > best + 1e-4:
                    box, best, improved = moved, fit, True
    edges = [float(edge) for edge in box]
    return Alignment(left=edges[0], top=edges[1], right=edges[2], bottom=edges[3], correlation=best)


def looks_the_same(copy: Image.Image, *, original: Image.Image) -> bool:
    """Whether `copy` shows the original, whole or nearly so; for flat pictures, too, which have nothing to align by.

    Only where something else says already that it may be a copy: any two black pictures look the same.
    """
    if align(copy, original=original, start=(0.0, 0.0, 1.0)).is_alike:
        return True
    one, other = (_colours(each) for each in (copy, original))
    return float(np.sqrt(((one - other) ** 2).mean())) <= SAME_COLOURS


def _colours(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("RGB").resize((_COARSE, _COARSE), Image.Resampling.BILINEAR), dtype=np.float64)


def _smaller(grey: Image.Image) -> Image.Image:
    """Its shorter side at four times what is compared: of a wide picture nothing is lost, either."""
    scale = 4 * _SIDE / min(grey.size)
    if scale >= 1:
        return grey
    return grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BILINEAR)


def _moves(box: NDArray[np.float64], step: float) -> list[NDArray[np.float64]]:
    """The box with one edge moved, or all of it, or grown and shrunk; what leaves the original is cut to it."""
    edges = [sign * step * np.eye(4)[edge] for edge in range(4) for sign in (-1, 1)]
    shifts = [sign * step * np.array(shift) for shift in ((1, 0, 1, 0), (0, 1, 0, 1)) for sign in (-1, 1)]
    scales = [sign * step * np.array([-1, -1, 1, 1]) for sign in (-1, 1)]
    moved = [np.clip(box + change, 0, 1) for change in (*edges, *shifts, *scales)]
    return [each for each in moved if min(each[2] - each[0], each[3] - each[1]) >= 0.3]


def _fit(sought: NDArray[np.float64], grey: Image.Image, box: NDArray[np.float64]) -> float:
    width, height = grey.size
    edges = (float(box[0] * width), float(box[1] * height), float(box[2] * width), float(box[3] * height))
    part = grey.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box=edges)
    return float((sought * _normalised(part)).sum())


def _normalised(grey: Image.Image) -> NDArray[np.float64]:
    """Mean 0 and length 1; a picture of one single grey stays 0, and fits nothing."""
    values = np.asarray(grey, dtype=np.float64)
    values = values - values.mean()
    length = np.linalg.norm(values)
    return values / length if length > _SIDE else np.zeros_like(values)
