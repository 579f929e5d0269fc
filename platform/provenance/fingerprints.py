"""Fingerprints of how a picture looks: PDQ (256 bits) to compare by, and the ISCC image code that others look up.

Both survive saving, scaling and small changes of colour; neither survives cropping, mirroring or turning. Alike is
not the same: a fingerprint proposes, it proves nothing.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import iscc_lib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from provenance.arrays import use_one_thread

use_one_thread()

PDQ_BITS = 256
NEAR = 31
"""of 256 bits: as PDQ's authors advise, no further apart means the same picture, edited; strangers are 110 or more"""
WORTH_A_LOOK = 80
"""of 256 bits: between NEAR and this only the pictures themselves can tell"""
LEAST_QUALITY = 50
"""of 100: a flatter picture has too little in it for its PDQ hash to mean anything"""
_SIDE, _SMALL, _KEPT = 512, 64, 16

Array = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class PdqHash:
    """A PDQ hash, 32 bytes in the order of its usual hexadecimal text, and its quality from 0 (flat) to 100."""

    bits: bytes
    quality: int


def pdq(image: Image.Image) -> PdqHash:
    """The PDQ hash of the picture's luma, scaled to 512 by 512 pixels first, so that a copy's size does not matter.

    Davis and Rosen, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (Facebook, 2019):
    equal to their program's for a picture of that size.
    """
    scaled = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    blurred = _blur() @ np.asarray(scaled, dtype=np.float32) @ _blur().T
    waves = (_cosines() @ blurred.astype(np.float64) @ _cosines().T).ravel()
    # Of the two middle values of an even number the lower one is PDQ's median.
    median = np.partition(waves, waves.size // 2 - 1)[waves.size // 2 - 1]
    bits = np.packbits(waves > median, bitorder="little").tobytes()[::-1]
    return PdqHash(bits=bits, quality=_quality(blurred))


def distance(one: bytes, other: bytes) -> int:
    """In how many bits two hashes of one length differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def iscc_image_code(image: Image.Image) -> str:
    """`ISCC:EED…`, the ISO 24138 image code of 256 bits; a border of exactly one colour is left out."""
    trimmed = image.crop(box) if (box := _without_border(image)) else image
    grey = trimmed.convert("L").resize((32, 32), Image.Resampling.BICUBIC)
    return str(iscc_lib.gen_image_code_v0(grey.tobytes(), 256).iscc)


TILES = tuple(
    (round(left * (1 - share), 4), round(top * (1 - share), 4), share)
    for share in (0.92, 0.84)
    for left in (0, 0.5, 1)
    for top in (0, 0.5, 1)
)
"""registered crops: left, top and side, as shares of the picture's; cropped by 8 and by 16 percent, nine of each"""


def tiles(image: Image.Image) -> Iterator[Image.Image]:
    """The picture's registered crops in the order of TILES: what a cropped copy is compared with."""
    for left, top, share in TILES:
        right, bottom = left + share, top + share
        box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
        yield image.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))


@functools.cache
def _blur() -> Array:
    """(64, 512): PDQ's two box filters of four pixels, and every eighth row of what comes out."""
    index = np.arange(_SIDE)
    offset = index[None, :] - index[:, None]
    box = ((offset >= -1) & (offset <= 2)).astype(np.float64)
    box /= box.sum(axis=1, keepdims=True)
    step = _SIDE // _SMALL
    rows: Array = (box @ box)[step // 2 :: step].astype(np.float32)
    return rows


@functools.cache
def _cosines() -> NDArray[np.float64]:
    """(16, 64): the rows 1 to 16 of the DCT-II of length 64."""
    frequency = np.arange(1, _KEPT + 1)[:, None]
    rows: NDArray[np.float64] = np.sqrt(2 / _SMALL) * np.cos(
        np.pi / 2 / _SMALL * frequency * (2 * np.arange(_SMALL) + 1)
    )
    return rows


def _quality(blurred: Array) -> int:
    """How much there is to see: steps between neighbours, each rounded down to whole percents of white."""
    down, across = blurred[1:] - blurred[:-1], blurred[:, 1:] - blurred[:, :-1]
    total = sum(np.abs(np.trunc(steps * 100 / 255)).sum() for steps in (down, across))
    return min(100, int(total) // 90)


def _without_border(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The box that leaves out a border of the top left pixel's colour, as ISCC trims it; None when there is none."""
    flat = Image.new(image.mode, image.size, image.getpixel((0, 0)))
    difference = ImageChops.difference(image, flat)
    return ImageChops.add(difference, difference).getbbox()
