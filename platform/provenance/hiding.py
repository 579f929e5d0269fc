"""Where in a picture a watermark is not seen."""

import numpy as np

from provenance.spectra import Array

_PEAK = 3.0
"""times its root mean square: no pixel hides more of the mark"""
_BRIGHT = 70
"""of 255: from this brightness on grounds are not dark"""
_AROUND = 4
"""pixels to each side"""


def where_hidden(luma: Array, least: float, busy: float, least_in_the_dark: float) -> Array:
    """How much of the mark each pixel can hide: little where all around is flat, and less in the dark.

    `busy`: the neighbourhood's standard deviation, of 255, that hides half as much as the busiest one.
    """
    mean = _mean_around(luma)
    spread = np.sqrt(np.maximum(0, _mean_around(luma * luma) - mean * mean))
    hidden: Array = least + (1 - least) * spread / (spread + busy)
    return _capped((hidden * (least_in_the_dark + (1 - least_in_the_dark) * np.clip(mean / _BRIGHT, 0, 1))) ** 2)


def _capped(where: Array) -> Array:
    """Nowhere far above the rest: one edge on a flat ground would bear the whole mark, and show it."""
    for _ in range(4):
        where = np.minimum(where, _PEAK * np.sqrt((where**2).mean()))
    return where


def _mean_around(values: Array) -> Array:
    """The mean of the nine by nine pixels around each; of whole numbers, as these are, exactly."""
    wide = np.pad(values.astype(np.int32), _AROUND, mode="edge")
    # Two, four, eight, nine of them: down, then across.
    wide_two = wide[:-1] + wide[1:]
    wide_four = wide_two[:-2] + wide_two[2:]
    down = wide_four[:-5] + wide_four[4:-1] + wide[8:]
    two = down[:, :-1] + down[:, 1:]
    four = two[:, :-2] + two[:, 2:]
    means: Array = (four[:, :-5] + four[:, 4:-1] + down[:, 8:]) / (2 * _AROUND + 1) ** 2
    return means
