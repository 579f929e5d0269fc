"""Colour words and palettes. Values are sRGB in 0..1 as float32 arrays of shape (3,)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

RGB = npt.NDArray[np.float32]


def _rgb(red: int, green: int, blue: int) -> RGB:
    return np.array((red, green, blue), np.float32) / np.float32(255)


# Kept apart on purpose: the nearest pair differs by more than a person would forgive, so "right" can be measured.
COLOURS: Final[dict[str, RGB]] = {
    "red": _rgb(214, 38, 46),
    "coral": _rgb(250, 116, 100),
    "orange": _rgb(244, 128, 30),
    "gold": _rgb(206, 154, 34),
    "yellow": _rgb(252, 214, 58),
    "lime": _rgb(164, 214, 56),
    "green": _rgb(44, 148, 72),
    "olive": _rgb(118, 124, 46),
    "mint": _rgb(160, 228, 190),
    "teal": _rgb(14, 122, 126),
    "turquoise": _rgb(56, 198, 192),
    "sky blue": _rgb(134, 202, 242),
    "blue": _rgb(38, 92, 214),
    "navy": _rgb(22, 34, 88),
    "purple": _rgb(120, 52, 168),
    "lavender": _rgb(190, 170, 236),
    "magenta": _rgb(214, 40, 150),
    "pink": _rgb(250, 150, 190),
    "peach": _rgb(252, 200, 164),
    "maroon": _rgb(112, 22, 44),
    "brown": _rgb(124, 76, 42),
    "beige": _rgb(208, 180, 136),
    "cream": _rgb(248, 234, 200),
    "white": _rgb(252, 252, 250),
    "gray": _rgb(144, 146, 152),
    "black": _rgb(22, 22, 26),
}
COLOUR_NAMES: Final[tuple[str, ...]] = tuple(COLOURS)
DARK: Final[tuple[str, ...]] = ("navy", "black", "purple", "maroon", "teal")

# Other words for the same colours; a caption picks any of them.
SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "red": ("crimson", "scarlet", "ruby"),
    "orange": ("tangerine", "bright orange"),
    "gold": ("golden", "amber", "ochre"),
    "yellow": ("lemon", "bright yellow", "sunny yellow"),
    "lime": ("lime green", "light green"),
    "green": ("emerald", "grass green"),
    "olive": ("olive green", "moss green"),
    "mint": ("mint green", "pale green"),
    "teal": ("dark teal", "petrol"),
    "turquoise": ("aqua", "cyan"),
    "sky blue": ("light blue", "pale blue", "azure"),
    "blue": ("royal blue", "cobalt"),
    "navy": ("navy blue", "dark blue", "midnight blue"),
    "purple": ("violet", "deep purple"),
    "lavender": ("lilac", "light purple"),
    "magenta": ("fuchsia", "hot pink"),
    "pink": ("rose", "light pink"),
    "peach": ("apricot", "light orange"),
    "maroon": ("burgundy", "dark red", "wine red"),
    "brown": ("chocolate", "chestnut"),
    "beige": ("tan", "sand"),
    "cream": ("ivory", "off white"),
    "white": ("snow white", "pure white"),
    "gray": ("grey", "silver"),
    "black": ("jet black", "charcoal"),
    "coral": ("salmon", "coral red"),
}

# A palette is five colours: sky or ground colour, light (sun, small things), then far, middle and near.
PALETTES: Final[dict[str, tuple[RGB, RGB, RGB, RGB, RGB]]] = {
    "sunset": (_rgb(250, 168, 108), _rgb(255, 226, 140), _rgb(226, 96, 92), _rgb(150, 54, 102), _rgb(70, 30, 84)),
    "ocean": (_rgb(196, 230, 238), _rgb(252, 246, 222), _rgb(104, 180, 206), _rgb(40, 120, 170), _rgb(16, 60, 110)),
    "forest": (_rgb(222, 232, 200), _rgb(246, 214, 110), _rgb(140, 176, 112), _rgb(68, 120, 76), _rgb(24, 66, 52)),
    "autumn": (_rgb(248, 226, 184), _rgb(214, 60, 40), _rgb(232, 152, 52), _rgb(176, 86, 36), _rgb(92, 44, 34)),
    "pastel": (
        _rgb(252, 238, 228),
        _rgb(250, 206, 140),
        _rgb(244, 178, 196),
        _rgb(176, 206, 236),
        _rgb(178, 220, 186),
    ),
    "night": (_rgb(26, 32, 78), _rgb(248, 236, 180), _rgb(104, 112, 190), _rgb(62, 66, 138), _rgb(10, 12, 34)),
    "candy": (_rgb(255, 214, 226), _rgb(255, 246, 150), _rgb(252, 120, 170), _rgb(130, 200, 236), _rgb(140, 90, 200)),
    "desert": (_rgb(250, 218, 170), _rgb(252, 248, 220), _rgb(230, 160, 104), _rgb(196, 108, 72), _rgb(128, 62, 56)),
    "aurora": (_rgb(20, 32, 64), _rgb(210, 250, 220), _rgb(60, 200, 160), _rgb(90, 90, 190), _rgb(24, 18, 48)),
    "spring": (_rgb(206, 236, 246), _rgb(255, 222, 90), _rgb(184, 222, 120), _rgb(110, 184, 90), _rgb(50, 130, 80)),
}
PALETTE_NAMES: Final[tuple[str, ...]] = tuple(PALETTES)


def far_apart(first: RGB, second: RGB, least: float = 0.6) -> bool:
    """Whether two colours stand out against each other (sum of absolute sRGB differences, 0..3)."""
    return float(np.abs(first - second).sum()) > least


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`first` with `share` (0..1) of `second` blended in."""
    return first * np.float32(1 - share) + second * np.float32(share)


def lighter(colour: RGB, share: float) -> RGB:
    """`colour` moved towards white by `share`."""
    return mix(colour, np.ones(3, np.float32), share)


def darker(colour: RGB, share: float) -> RGB:
    """`colour` moved towards black by `share`."""
    return mix(colour, np.zeros(3, np.float32), share)
