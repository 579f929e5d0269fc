"""An invisible mark in the pixels: 64 bits, keyed, spread over the middle frequencies of the whole picture.

Additive spread spectrum in the discrete cosine transform of the luma (Cox et al., 1997), embedded with knowledge of
the picture (Malvar and Florêncio, 2003): only what is missing for a bit to be read is added, and that where the eye
misses it: in busy places more than on flat, dark ground. The frequencies are counted over the whole picture, so a
resized copy has the same ones. It survives lossy saving and resizing, not cropping; and whoever knows the method can
remove it. So it is a hint where to look, never a proof.
"""

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from provenance.hiding import where_hidden
from provenance.spectra import BITS, SCHEME, Array, carriers_of, spectrum_of, waves_of

__all__ = [
    "BITS", "EVENLY", "GENTLE", "LEAST_PSNR", "MIN_SIDE", "SCHEME", "WRONG_BITS", "can_be_marked", "mark",
    "mark_gently", "psnr", "read_mark", "worst_read", "wrong_bits",
]  # fmt: skip
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
"""of each gentle version what `where_hidden` takes, and how strong it is, as PSNR in dB"""
_RESERVE = 5
"""wrong bits that a poor copy may have when the picture is marked; other programs' copies are a little poorer"""
_HOPELESS = 10
"""so many wrong bits in a poor copy, and the next version would be read badly as well; twice as many, the next two"""
_TARGET_PSNR = 42.4
_SPARED = 2
"""bits that may be given up"""
_GREY = np.array([19595, 38470, 7471])
"""of 65,536: what red, green and blue weigh in the luma, as Pillow reckons it"""


def can_be_marked(image: Image.Image) -> bool:
    """Whether the picture is large enough: at least MIN_SIDE pixels a side."""
    return min(image.size) >= MIN_SIDE


def mark_gently(image: Image.Image, *, watermark_id: int, key: bytes) -> tuple[Image.Image, int]:
    """The marked picture, and the version it was marked with: a hardly visible one that survives what it has to.

    Tried on the picture itself, halved and saved as JPEG 75, and saved as WebP 80, the least visible version first;
    how badly that one is read tells which is worth a try next. Where none is read well, the best of those that were
    tried is taken. Raises ValueError as `mark` does.
    """
    canvas, wanted, versions = _Canvas(image, key=key), _signs(watermark_id), (*GENTLE, EVENLY)
    tried: list[tuple[Image.Image, int]] = []
    place = 0
    while place < len(versions):
        marked = canvas.marked(wanted, version=versions[place])
        # One copy that is read badly is enough; the dearest is made last.
        badly = next((wrong for wrong in _read(marked, watermark_id, key=key) if wrong > _RESERVE), None)
        tried.append((marked, versions[place]))
        if badly is None:
            return tried[-1]
        place += 1 + badly // _HOPELESS
    return min(tried, key=lambda each: worst_read(each[0], watermark_id=watermark_id, key=key))


def _read(marked: Image.Image, watermark_id: int, *, key: bytes) -> Iterator[int]:
    """How many bits are wrong in each of the poor copies."""
    for copy in _poor_copies(marked):
        yield wrong_bits(read_mark(copy, key=key), watermark_id)


def worst_read(marked: Image.Image, *, watermark_id: int, key: bytes) -> int:
    """In how many bits the worst of three poor copies differs from the id that the picture was marked with."""
    return max(_read(marked, watermark_id, key=key))


def mark(image: Image.Image, *, watermark_id: int, key: bytes, version: int = EVENLY) -> Image.Image:
    """The same picture, RGB, with `watermark_id` (64 bits, unsigned) in it; the same again for the same four.

    As strong as LEAST_PSNR allows, which depends on the picture. `version` says where the strength goes; all are read
    alike. Raises ValueError for a picture that is too small, and for what is no 64-bit number.
    """
    return _Canvas(image, key=key).marked(_signs(watermark_id), version=version)


class _Canvas:
    """A picture that is to be marked, and what every version needs to know of it."""

    def __init__(self, image: Image.Image, *, key: bytes) -> None:
        if not can_be_marked(image):
            raise ValueError(f"a picture under {MIN_SIDE} pixels a side cannot be marked: {image.size}")
        image = image.convert("RGB")
        self._carriers = carriers_of(key)
        self._pixels = np.asarray(image, dtype=np.int16)
        self._luma = np.asarray(image.convert("L"), dtype=np.float64)
        self._reads = self._carriers.read(spectrum_of(self._luma))
        red, green, blue = (self._pixels[..., channel] for channel in range(3))
        self._down = -np.minimum(np.minimum(red, green), blue).astype(np.float64)
        self._up = 255.0 - np.maximum(np.maximum(red, green), blue)
        self._hidden: dict[object, Array] = {}

    def marked(self, wanted: Array, *, version: int) -> Image.Image:
        """The picture with the bits that `_signs` gives, in one version."""
        if version == EVENLY:
            change = self._pushed(wanted, energy=self._energy(_TARGET_PSNR), passes=2)
        else:
            mask, decibels = _MASKS[version]
            where = self._where(mask)
            # What is spent where it is not seen buys less: the reads are averages over the whole picture.
            worth = float(where.mean() ** 2 / (where**2).mean())
            energy = self._energy(decibels) * worth
            change = self._pushed(wanted, energy=energy, passes=5, gain=where / where.mean())
        while _psnr(self._pixels, pixels := self._changed(change)) < LEAST_PSNR:
            change *= 0.95
        return Image.fromarray(pixels.astype(np.uint8))

    def _energy(self, decibels: float) -> float:
        return self._luma.size * float(255**2 / 10 ** (decibels / 10))

    def _where(self, mask: tuple[float, float, float]) -> Array:
        if mask not in self._hidden:
            self._hidden[mask] = where_hidden(self._luma, *mask)
        return self._hidden[mask]

    def _pushed(self, wanted: Array, *, energy: float, passes: int, gain: Array | None = None) -> Array:
        """What is added to each pixel, so that every bit is read as wanted.

        In several passes: where a channel is black or white half of the change is cut off, and a `gain` per pixel has
        the bits disturb each other; what is missing is added once more.
        """
        reads = wanted * self._reads
        strength, pushed = _strength_and_bits(reads, energy)
        change = np.zeros(self._luma.shape)
        for done in range(passes):
            if done:
                reads = wanted * self._carriers.read(spectrum_of(self._luma_with(change)))
            missing = pushed * np.maximum(0, strength - reads)
            waves = waves_of(self._carriers.spread(missing * wanted), change.shape)
            change += waves if gain is None else gain * waves
        return change

    def _luma_with(self, change: Array) -> Array:
        """The luma of the changed pixels: a shift of all three channels shifts it as far, where none is cut off."""
        shift = np.rint(change)
        luma = self._luma + shift
        cut = np.flatnonzero((shift < self._down) | (shift > self._up))
        if cut.size:
            pixels = self._pixels.reshape(-1, 3)[cut] + shift.ravel()[cut, None].astype(np.int64)
            luma.ravel()[cut] = (np.clip(pixels, 0, 255) @ _GREY + 32768) >> 16
        return luma

    def _changed(self, change: Array) -> NDArray[np.int16]:
        shift: NDArray[np.int16] = np.rint(change).astype(np.int16)
        changed: NDArray[np.int16] = np.clip(self._pixels + shift[..., None], 0, 255)
        return changed


def _poor_copies(image: Image.Image) -> Iterator[Image.Image]:
    size = (image.width // 2, image.height // 2)
    # BOX first: what does not survive LANCZOS does not survive it either.
    for method in (Image.Resampling.BOX, Image.Resampling.LANCZOS):
        yield _saved(image.resize(size, method), "JPEG", quality=75)
    # It smooths flat ground more than JPEG does, and takes five times as long. Tried with this effort (of 6), 293
    # of 300 marks survive it at 4 and at 6, tried with 4 it was 292; and it takes two fifths of that time.
    yield _saved(image, "WEBP", quality=80, method=2)


def _saved(image: Image.Image, kind: str, **options: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(file)


def read_mark(image: Image.Image, *, key: bytes) -> int:
    """The 64 bits that the picture's frequencies spell, marked or not: only a look-up tells whether they mean a work.

    Any size; a picture whose id was issued differs from it by at most WRONG_BITS.
    """
    luma = np.asarray(image.convert("RGB").convert("L"), dtype=np.float64)
    bits = np.packbits(carriers_of(key).read(spectrum_of(luma)) > 0, bitorder="little")
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


def _signs(watermark_id: int) -> Array:
    """+1 and -1 for the bits, the lowest first."""
    if not 0 <= watermark_id < 2**BITS:
        raise ValueError(f"a watermark's id has 64 bits: {watermark_id}")
    bits = np.unpackbits(np.frombuffer(watermark_id.to_bytes(8, "little"), np.uint8), bitorder="little")
    return np.where(bits == 1, 1.0, -1.0)


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
    counts = np.arange(1, len(ascending) + 1)
    # Of the lowest read only, of the two lowest, …: their mean and their variance.
    means = ascending.cumsum() / counts
    variances = ((ascending - ascending.mean()) ** 2).cumsum() / counts - (means - ascending.mean()) ** 2
    spreads = energy / counts - variances
    strengths = means + np.sqrt(np.maximum(0, spreads))
    fitting = np.flatnonzero((spreads >= 0) & (strengths >= ascending))
    return float(strengths[fitting[-1]] if fitting.size else ascending[0] + np.sqrt(energy))
