"""What a re-run shows: equal, within what was measured between honest classes, or neither.

The thresholds are measured, and the tables they come from are in docs/REPRODUCE.md; `python -m bench.rerun` makes
them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from provenance.fingerprints import LEAST_QUALITY, distance, pdq
from provenance.reruns import Result
from provenance.watermarks import psnr

LEAST_PSNR = 45.0
"""dB between the published picture and the one that a re-run would have published"""
MOST_PDQ = 16
"""of 256 bits, likewise; of a flat picture, whose hash says nothing, PSNR alone counts"""
STEP_TOLERANCE = {("float32", "float32"): 1e-4}
"""dtype there and here → the largest honest error of one step, of its length. Other pairs err by as much as cheating
does, so between them only equal bytes say anything"""


@dataclass(frozen=True, kw_only=True)
class PictureJudgement:
    """How far two published pictures are apart: PDQ in bits of 256, PSNR in dB, infinite for equal ones."""

    result: Result
    pdq_distance: int
    psnr: float


def judge_pictures(*, there: Image.Image, here: Image.Image, equal_renders: bool) -> PictureJudgement:
    """Compare what was published with what a re-run would have published, RGB and of one size.

    `equal_renders`: what the model drew is equal in every pixel; then nothing else counts.
    """
    if there.size != here.size:
        return PictureJudgement(result="differs", pdq_distance=256, psnr=0.0)
    one, other = pdq(there), pdq(here)
    apart, decibels = distance(one.bits, other.bits), psnr(there, here)
    if equal_renders:
        return PictureJudgement(result="bit-exact", pdq_distance=apart, psnr=decibels)
    is_flat = min(one.quality, other.quality) < LEAST_QUALITY
    close = decibels >= LEAST_PSNR and (is_flat or apart <= MOST_PDQ)
    return PictureJudgement(result="within-tolerance" if close else "differs", pdq_distance=apart, psnr=decibels)


def step_error(*, expected: bytes, found: bytes, before: bytes) -> float:
    """The distance between two latents, of the length of the step that leads to the found ones; infinite for NaN.

    All fp32, little-endian, of one picture. Raises ValueError when they are of different sizes.
    """
    wanted, got, start = (np.frombuffer(each, dtype="<f4").astype(np.float64) for each in (expected, found, before))
    length = float(np.linalg.norm(got - start))
    missed = float(np.linalg.norm(got - wanted))
    if missed == 0:
        return 0.0
    share = missed / length if length else float("inf")
    return share if np.isfinite(share) else float("inf")


def tolerance_between(there: Mapping[str, Any], here: Mapping[str, Any]) -> float | None:
    """The largest honest error of one step between two classes; None where none was found that tells anything."""
    return STEP_TOLERANCE.get((str(there.get("dtype")), str(here.get("dtype"))))
