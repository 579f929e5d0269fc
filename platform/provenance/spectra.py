"""What the watermark is made of: the lower frequencies of a picture, and the carriers of its 64 bits among them."""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from provenance.arrays import use_one_thread

use_one_thread()

SCHEME = "org.colophon.dct/1"
BITS = 64
_INNER, _OUTER = 24, 80
"""the band, in half waves over the picture: under it the picture itself is loud, above it a saved copy is poor"""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Carriers:
    """For each of the 64 bits a unit vector over frequencies of its own: no frequency has two.

    `places` in the flattened spectrum, those of the first bit first; `bits` and `weights` are of these places, and
    with `starts` begin those of each bit.
    """

    places: NDArray[np.intp]
    bits: NDArray[np.intp]
    weights: Array
    starts: NDArray[np.intp]

    def read(self, spectrum: Array) -> Array:
        """How loudly each bit speaks in a spectrum: positive for 1."""
        found: Array = np.add.reduceat(spectrum.ravel()[self.places] * self.weights, self.starts)
        return found

    def spread(self, values: Array) -> Array:
        """The spectrum in which each bit speaks as loudly as its value, and nothing else."""
        spectrum = np.zeros((_OUTER + 1) ** 2)
        spectrum[self.places] = values[self.bits] * self.weights
        return spectrum.reshape(_OUTER + 1, _OUTER + 1)


@functools.lru_cache(maxsize=4)
def carriers_of(key: bytes) -> Carriers:
    """The carriers of a key: it decides which frequencies a bit has, and with which signs.

    Higher frequencies weigh more, as pictures have less there of their own.
    """
    down, across = np.mgrid[: _OUTER + 1, : _OUTER + 1]
    radius = np.hypot(down, across).ravel()
    band = np.flatnonzero((radius >= _INNER) & (radius <= _OUTER))
    stream = hashlib.shake_256(SCHEME.encode() + key).digest(9 * len(band))
    shuffled = band[np.argsort(np.frombuffer(stream, "<u8", len(band)), kind="stable")]
    odd = np.frombuffer(stream, np.uint8, len(band), 8 * len(band)) & 1
    order = np.argsort(np.arange(len(band)) % BITS, kind="stable")
    bits = np.arange(len(band))[order] % BITS
    places, signed = shuffled[order], (np.where(odd == 1, 1, -1) * radius[shuffled])[order]
    starts = np.flatnonzero(np.diff(bits, prepend=-1))
    lengths = np.sqrt(np.add.reduceat(signed * signed, starts))
    return Carriers(places=places, bits=bits, weights=signed / lengths[bits], starts=starts)


def spectrum_of(luma: Array) -> Array:
    """(_OUTER + 1)² coefficients; those that a small picture does not have are zero."""
    found: Array = _cosines(luma.shape[0]) @ luma @ _cosines(luma.shape[1]).T
    if found.shape == (_OUTER + 1, _OUTER + 1):
        return found
    spectrum = np.zeros((_OUTER + 1, _OUTER + 1))
    spectrum[: found.shape[0], : found.shape[1]] = found
    return spectrum


def waves_of(spectrum: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `spectrum_of`: what is added to each pixel."""
    down, across = _cosines(shape[0]), _cosines(shape[1])
    waves: Array = down.T @ spectrum[: len(down), : len(across)] @ across
    return waves


@functools.lru_cache(maxsize=32)
def _cosines(length: int) -> Array:
    """The first rows of the orthonormal DCT-II of that length: (at most _OUTER + 1, length)."""
    frequency = np.arange(min(_OUTER + 1, length))[:, None]
    rows = np.sqrt(2 / length) * np.cos(np.pi * frequency * (np.arange(length) + 0.5) / length)
    rows[0] /= np.sqrt(2)
    cosines: Array = rows
    return cosines
