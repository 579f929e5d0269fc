"""Records of running a recipe again: what came out, signed apart from the attestation, which is never touched.

A record proves that who signed it says so; that the pixels can be had again, anybody with the model, the recipe and
the class can see by running it (law 8).
"""

import math
from typing import Literal

from provenance.statements import Kind

Result = Literal["bit-exact", "within-tolerance", "differs"]
RESULTS: tuple[Result, ...] = ("bit-exact", "within-tolerance", "differs")

REEXECUTION = Kind(
    "Reexecution",
    (
        ("attestation", "bytes32"),
        ("classHash", "bytes32"),
        ("sameClass", "bool"),
        ("renderHash", "bytes32"),
        ("trajectoryRoot", "bytes32"),
        ("result", "string"),
        ("pdqDistance", "uint32"),
        ("psnrHundredths", "uint32"),
        ("sameMachine", "bool"),
        ("madeAt", "uint64"),
    ),
)
"""`classHash`: of the reproducibility class it ran in (canonical JSON); `renderHash` and `trajectoryRoot`: what came
out; `pdqDistance` (of 256 bits) and `psnrHundredths` (of a decibel, at most 10,000): from the published picture"""

AUDIT = Kind(
    "Audit",
    (
        ("attestation", "bytes32"),
        ("classHash", "bytes32"),
        ("sameClass", "bool"),
        ("trajectoryRoot", "bytes32"),
        ("leaves", "uint32"),
        ("nonce", "bytes32"),
        ("transition", "uint32"),
        ("expected", "bytes32"),
        ("found", "bytes32"),
        ("result", "string"),
        ("errorBillionths", "uint64"),
        ("sameMachine", "bool"),
        ("madeAt", "uint64"),
    ),
)
"""`expected`: the leaf that was committed to (the render hash after the last transition); `found`: what came out;
`errorBillionths`: how far they are apart, of the length of the step"""

LARGEST_ERROR = 10**12
"""billionths: farther apart than this, or nowhere at all, is written as this"""
BEST_PSNR = 10_000
"""hundredths of a decibel: closer than this, or equal, is written as this"""


def psnr_hundredths(decibels: float) -> int:
    """As a record writes it."""
    return BEST_PSNR if math.isinf(decibels) else max(0, min(BEST_PSNR, round(decibels * 100)))


def error_billionths(share: float) -> int:
    """As a record writes it."""
    return LARGEST_ERROR if not math.isfinite(share) else min(LARGEST_ERROR, math.ceil(share * 1e9))
