"""An invisible mark in the pixels: 64 bits, keyed, spread over the middle frequencies of the whole picture.

Additive spread spectrum in the discrete cosine transform of the luma (Cox et al., 1997), embedded with knowledge of
the picture (Malvar and Florêncio, 2003): only what is missing for a bit to be read is added, and that where the eye
misses it: in busy places more than on flat, dark ground. The frequencies are counted over the whole picture, so a
resized copy has the same ones. It survives lossy saving and resizing, not cropping; and whoever knows the method can
remove it. So it is a hint where to look, never a proof.
"""

import functools
import hashlib
import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from provenance.arrays import use_one_thread

use_one_thread()

SCHEME = "org.colophon.dct/1"
BITS = 64
WRONG_BITS = 8
"""of 64: a read mark that differs by no more is taken for the issued one; a random one does once in 3.5 · 10^9"""
MIN_SIDE = 128
"""pixels; a smaller picture has no room for 64 bits that survive, and stays unmarked"""
LEAST_PSNR = 42.0
"""dB, against the unmarked picture: below, a mark might be seen"""
EVENLY = 1
"""the version that spreads the mark evenly over the picture; what was marked by earlier releases is of it"""
GENTLE = (2, 3, 4, 5, 6)
"""the versions that hide it where the picture is busy, the least visible first"""
_HIDING = (0.3, 8.0, 0.5)
_MASKS = {
    2: (_HIDING, 48.0),
    3: (_HIDING, 46.0),
    4: (_HIDING, 44.0),
    5: (_HIDING, 42.4),
    6: ((0.6, 6.0, 0.7), 42.4),
}
"""of each gentle version what `_where` takes, and how strong it is, as PSNR in dB"""
_PEAK = 3.0
"""times its root mean square: no pixel hides more of the mark"""
_BRIGHT = 70
"""of 255: from this brightness on grounds are not dark"""
_AROUND = 4
"""pixels to each side"""
_RESERVE = 5
"""wrong bits that a poor copy may have when the picture is marked; other programs' copies are a little poorer"""
_TARGET_PSNR = 42.4
_SPARED = 2
_INNER, _OUTER = 24, 80
"""the band, in half waves over the picture: under it the picture itself is loud, above it a saved copy is poor"""

Array = NDArray[np.float64]


def can_be_marked(image: Image.Image) -> bool:
    """Whether the picture is large enough: at least MIN_SIDE pixels a side."""
    return min(image.size) >= MIN_SIDE


def mark_gently(image: Image.Image, *, watermark_id: int, key: bytes) -> tuple[Image.Image, int]:
    """The marked picture, and the version it was marked with: the least visible that survives what it has to.

    Each is tried on the picture itself, halved and saved as JPEG 75, and saved as WebP 80; where none is read well,
    the best of them is taken. Raises ValueError as `mark` does.
    """
    tried: list[tuple[int, Image.Image, int]] = []
    for version in (*GENTLE, EVENLY):
        marked = mark(image, watermark_id=watermark_id, key=key, version=version)
        worst = worst_read(marked, watermark_id=watermark_id, key=key)
        tried.append((worst, marked, version))
        if worst <= _RESERVE:
            return marked, version
    _, marked, version = min(tried, key=lambda each: each[0])
    return marked, version


def worst_read(marked: Image.Image, *, watermark_id: int, key: bytes) -> int:
    """In how many bits the worst of three poor copies differs from the id that the picture was marked with."""
    return max(wrong_bits(read_mark(copy, key=key), watermark_id) for copy in _poor_copies(marked))


def mark(image: Image.Image, *, watermark_id: int, key: bytes, version: int = EVENLY) -> Image.Image:
    """The same picture, RGB, with `watermark_id` (64 bits, unsigned) in it; the same again for the same four.

    As strong as LEAST_PSNR allows, which depends on the picture. `version` says where the strength goes; all are read
    alike. Raises ValueError for a picture that is too small, and for what is no 64-bit number.
    """
    if not can_be_marked(image):
        raise ValueError(f"a picture under {MIN_SIDE} pixels a side cannot be marked: {image.size}")
    if not 0 <= watermark_id < 2**BITS:
        raise ValueError(f"a watermark's id has 64 bits: {watermark_id}")
    original = np.asarray(image.convert("RGB"), dtype=np.int16)
    wanted, carriers = _signs(watermark_id), _carriers(key)
    energy = original[..., 0].size * _squared_error(_TARGET_PSNR)
    if version == EVENLY:
        change = _pushed(original, wanted, carriers, energy=energy, passes=2)
    else:
        mask, decibels = _MASKS[version]
        energy = original[..., 0].size * _squared_error(decibels)
        where = _capped(_where(_luma(original), *mask) ** 2)
        # What is spent where it is not seen buys less: the reads are averages over the whole picture.
        worth = float(where.mean() ** 2 / (where**2).mean())
        gain = where / where.mean()
        change = _pushed(original, wanted, carriers, energy=energy * worth, passes=5, gain=gain)
    while _psnr(original, marked := _changed(original, change)) < LEAST_PSNR:
        change *= 0.95
    return Image.fromarray(marked.astype(np.uint8))


def _pushed(
    original: NDArray[np.int16],
    wanted: Array,
    carriers: Array,
    *,
    energy: float,
    passes: int,
    gain: Array | None = None,
) -> Array:
    """What is added to each pixel, so that every bit is read as wanted.

    In several passes: where a channel is black or white half of the change is cut off, and a `gain` per pixel has the
    bits disturb each other; what is missing is added once more.
    """
    reads = wanted * (carriers @ _spectrum(_luma(original)).ravel())
    strength, pushed = _strength_and_bits(reads, energy)
    change = np.zeros(original.shape[:2])
    for done in range(passes):
        if done:
            reads = wanted * (carriers @ _spectrum(_luma(_changed(original, change))).ravel())
        missing = pushed * np.maximum(0, strength - reads)
        waves = _waves(missing @ (wanted[:, None] * carriers), original.shape)
        change = change + (waves if gain is None else gain * waves)
    return change


def _where(luma: Array, least: float, busy: float, least_in_the_dark: float) -> Array:
    """How much of the mark each pixel can hide, up to 1: little where all around is flat, and less in the dark.

    `busy`: the neighbourhood's standard deviation, of 255, that hides half as much as the busiest one.
    """
    mean = _mean_around(luma)
    spread = np.sqrt(np.maximum(0, _mean_around(luma * luma) - mean * mean))
    hidden: Array = least + (1 - least) * spread / (spread + busy)
    return hidden * (least_in_the_dark + (1 - least_in_the_dark) * np.clip(mean / _BRIGHT, 0, 1))


def _capped(where: Array) -> Array:
    """Nowhere far above the rest: one edge on a flat ground would bear the whole mark, and show it."""
    for _ in range(4):
        where = np.minimum(where, _PEAK * np.sqrt((where**2).mean()))
    return where


def _mean_around(values: Array) -> Array:
    """The mean of the nine by nine pixels around each, by sums from the corner."""
    side = 2 * _AROUND + 1
    sums = np.pad(values, (_AROUND + 1, _AROUND), mode="edge")
    sums[0, :] = sums[:, 0] = 0
    sums = sums.cumsum(0).cumsum(1)
    means: Array = (sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]) / side**2
    return means


def _poor_copies(image: Image.Image) -> Iterator[Image.Image]:
    size = (image.width // 2, image.height // 2)
    for method in (Image.Resampling.LANCZOS, Image.Resampling.BOX):
        yield _saved(image.resize(size, method), "JPEG", 75)
    # It smooths flat ground more than JPEG does.
    yield _saved(image, "WEBP", 80)


def _saved(image: Image.Image, kind: str, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, quality=quality)
    return Image.open(file)


def read_mark(image: Image.Image, *, key: bytes) -> int:
    """The 64 bits that the picture's frequencies spell, marked or not: only a look-up tells whether they mean a work.

    Any size; a picture whose id was issued differs from it by at most WRONG_BITS.
    """
    luma = np.asarray(image.convert("RGB").convert("L"), dtype=np.float64)
    bits = np.packbits(_carriers(key) @ _spectrum(luma).ravel() > 0, bitorder="little")
    return int.from_bytes(bits.tobytes(), "little")


def wrong_bits(one: int, other: int) -> int:
    """In how many of the 64 bits two ids differ."""
    return (one ^ other).bit_count()


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio of two RGB pictures of one size, in dB; infinite for equal ones."""
    return _psnr(np.asarray(one, dtype=np.int16), np.asarray(other, dtype=np.int16))


def _psnr(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    difference = (one - other).ravel()
    error = float(np.einsum("i,i", difference, difference, dtype=np.int64)) / difference.size
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def _squared_error(decibels: float) -> float:
    return float(255**2 / 10 ** (decibels / 10))


def _signs(watermark_id: int) -> Array:
    """+1 and -1 for the bits, the lowest first."""
    bits = np.unpackbits(np.frombuffer(watermark_id.to_bytes(8, "little"), np.uint8), bitorder="little")
    return np.where(bits == 1, 1.0, -1.0)


def _luma(pixels: NDArray[np.int16]) -> Array:
    return np.asarray(Image.fromarray(pixels.astype(np.uint8)).convert("L"), dtype=np.float64)


def _changed(original: NDArray[np.int16], change: Array) -> NDArray[np.int16]:
    shift: NDArray[np.int16] = np.rint(change).astype(np.int16)
    marked: NDArray[np.int16] = np.clip(original + shift[..., None], 0, 255)
    return marked


def _strength_and_bits(reads: Array, energy: float) -> tuple[float, NDArray[np.bool_]]:
    """How far from zero the bits can be pushed, and which are.

    Where two bits would take most of the energy (a grid speaks loudly in few frequencies), they are given up: the
    other 62 are read the better for it, and WRONG_BITS are tolerated.
    """
    every, spared = np.ones(len(reads), dtype=bool), np.ones(len(reads), dtype=bool)
    spared[np.argsort(reads)[:_SPARED]] = False
    strength, strength_of_the_rest = _strength(reads, energy), _strength(reads[spared], energy)
    return (strength_of_the_rest, spared) if strength_of_the_rest > 1.1 * strength else (strength, every)


def _strength(reads: Array, energy: float) -> float:
    """How far from zero every bit can be pushed: Σ max(0, strength - read)² = energy."""
    ascending = np.sort(reads)
    for count in range(len(ascending), 0, -1):
        pushed = ascending[:count]
        spread = energy / count - pushed.var()
        if spread >= 0 and (strength := pushed.mean() + np.sqrt(spread)) >= pushed[-1]:
            return float(strength)
    return float(ascending[0] + np.sqrt(energy))


@functools.lru_cache(maxsize=32)
def _cosines(length: int) -> Array:
    """The first rows of the orthonormal DCT-II of that length: (at most _OUTER + 1, length)."""
    frequency = np.arange(min(_OUTER + 1, length))[:, None]
    rows = np.sqrt(2 / length) * np.cos(np.pi * frequency * (np.arange(length) + 0.5) / length)
    rows[0] /= np.sqrt(2)
    cosines: Array = rows
    return cosines


def _spectrum(luma: Array) -> Array:
    """(_OUTER + 1)² coefficients; those that a small picture does not have are zero."""
    found = _cosines(luma.shape[0]) @ luma @ _cosines(luma.shape[1]).T
    spectrum = np.zeros((_OUTER + 1, _OUTER + 1))
    spectrum[: found.shape[0], : found.shape[1]] = found
    return spectrum


def _waves(spectrum: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `_spectrum`: what is added to each pixel."""
    down, across = _cosines(shape[0]), _cosines(shape[1])
    waves: Array = down.T @ spectrum.reshape(_OUTER + 1, _OUTER + 1)[: len(down), : len(across)] @ across
    return waves


@functools.lru_cache(maxsize=4)
def _carriers(key: bytes) -> Array:
    """(64, coefficients): for each bit a unit vector over frequencies of its own; order and signs come from the key.

    Higher frequencies weigh more, as pictures have less there of their own.
    """
    down, across = np.mgrid[: _OUTER + 1, : _OUTER + 1]
    radius = np.hypot(down, across).ravel()
    band = np.flatnonzero((radius >= _INNER) & (radius <= _OUTER))
    stream = hashlib.shake_256(SCHEME.encode() + key).digest(9 * len(band))
    shuffled = band[np.argsort(np.frombuffer(stream, "<u8", len(band)), kind="stable")]
    odd = np.frombuffer(stream, np.uint8, len(band), 8 * len(band)) & 1
    carriers = np.zeros((BITS, radius.size))
    carriers[np.arange(len(band)) % BITS, shuffled] = np.where(odd == 1, 1, -1) * radius[shuffled]
    unit: Array = carriers / np.linalg.norm(carriers, axis=1, keepdims=True)
    return unit
