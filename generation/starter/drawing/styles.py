"""How a scene is laid down: seven ways to put the same inks on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from generation.starter.drawing import colours
from generation.starter.drawing.colours import RGB
from generation.starter.drawing.geometry import Field, Grid, coverage, grid
from generation.starter.drawing.scenes import Ink, Scene

Picture = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sheet:
    """What a style works on: the pixels' places, and the smooth noise (about -1..1) of wet paper."""

    place: Grid
    texture: Field


Lay = Callable[[Picture, Ink, Sheet], Picture]

# Two pixels of the latents; small things have a finer one.
STROKE, FINE_STROKE = 0.0625, 0.045
SMALL: Final = 0.33
SHADOW: Final = (0.035, 0.05)
# A nearer sheet darkens the one behind it above the edge.
RIDGE_SHADOW: Final = (0.0, -0.05)
# One pixel of the latents.
SLIP: Final = 0.0625
WARM_INK: Final = np.array((0.95, 0.42, 0.4), np.float32)


def render(scene: Scene, size: int) -> npt.NDArray[np.uint8]:
    """The scene as a (size, size, 3) sRGB picture."""
    place = grid(size)
    sheet = Sheet(place, _texture(scene.seed, place))
    style = scene.facts.style
    picture = _paper(scene.background, style, sheet)
    for ink in scene.inks:
        picture = _LAY[style](picture, ink, sheet)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _texture(seed: int, place: Grid) -> Field:
    """Smooth noise in about -1..1 that looks the same at every size."""
    rng = np.random.default_rng([seed, 2])
    total = np.zeros_like(place.x)
    for frequency in (2.5, 4.0, 6.0):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        along = place.x * np.float32(np.cos(angle)) + place.y * np.float32(np.sin(angle))
        total += np.sin(along * np.float32(frequency) + np.float32(phase))
    return total / np.float32(2.2)


def _paper(background: RGB, style: str, sheet: Sheet) -> Picture:
    if style == "gradient":
        share = (sheet.place.y + 1) * np.float32(0.5)
        return _vertical(colours.lighter(background, 0.2), colours.darker(background, 0.18), share)
    if style == "watercolor":
        return background * (1 + np.float32(0.035) * sheet.texture[..., None])
    return np.broadcast_to(background, (*sheet.place.x.shape, 3)).astype(np.float32)


def _vertical(top: RGB, bottom: RGB, share: Field) -> Picture:
    weight = np.clip(share, 0, 1)[..., None]
    return top * (1 - weight) + bottom * weight


def _over(picture: Picture, colour: Picture | RGB, alpha: Field) -> Picture:
    return picture + (colour - picture) * alpha[..., None]


def _flat(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    return _over(picture, ink.colour, coverage(ink.shape(sheet.place.x, sheet.place.y), sheet.place.pixel))


def _gradient(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    share = (sheet.place.y - np.float32(ink.centre_y)) / np.float32(2 * ink.reach) + np.float32(0.5)
    colour = _vertical(colours.lighter(ink.colour, 0.16), colours.darker(ink.colour, 0.14), share)
    return _over(picture, colour, coverage(ink.shape(sheet.place.x, sheet.place.y), sheet.place.pixel))


def _neon(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    distance = ink.shape(sheet.place.x, sheet.place.y)
    if ink.role == "ground":
        # A nearer ridge hides what glows behind it.
        picture = _over(picture, picture[0, 0], coverage(distance, sheet.place.pixel))
    away = np.abs(distance)
    glow = np.exp(-away / np.float32(0.07)) * np.float32(0.75)
    picture = picture + (ink.colour - picture) * glow[..., None]
    return _over(picture, colours.lighter(ink.colour, 0.35), coverage(away - np.float32(0.028), sheet.place.pixel))


def _watercolor(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    distance = ink.shape(sheet.place.x, sheet.place.y)
    edge = np.exp(-((distance + np.float32(0.03)) ** 2) / np.float32(0.0012))
    shade = np.float32(1.0) + np.float32(0.08) * sheet.texture - np.float32(0.16) * edge
    wash = ink.colour + (1 - ink.colour) * np.float32(0.04)
    return _over(picture, wash * shade[..., None], coverage(distance, sheet.place.pixel) * np.float32(0.94))


def _risograph(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    alpha = coverage(ink.shape(sheet.place.x, sheet.place.y), sheet.place.pixel)
    if ink.role == "object":
        # The second drum prints the same plate a little off, in another tint that shows at one side.
        slip = np.float32(SLIP)
        slipped = coverage(ink.shape(sheet.place.x + slip, sheet.place.y + slip), sheet.place.pixel)
        picture = _over(picture, _second_ink(ink.colour), slipped)
    return _over(picture, ink.colour, alpha)


def _second_ink(colour: RGB) -> RGB:
    return colours.mix(colour, WARM_INK, 0.55) if colour.mean() > 0.6 else colours.lighter(colour, 0.5)


def _line_art(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    distance = ink.shape(sheet.place.x, sheet.place.y)
    if ink.role == "detail":
        # An outline within an outline would be too fine.
        return _over(picture, ink.colour, coverage(distance, sheet.place.pixel))
    stroke = np.float32(FINE_STROKE if ink.reach < SMALL else STROKE)
    picture = _over(picture, picture[0, 0], coverage(distance, sheet.place.pixel))
    return _over(picture, ink.colour, coverage(np.abs(distance) - stroke, sheet.place.pixel))


def _paper_cut(picture: Picture, ink: Ink, sheet: Sheet) -> Picture:
    right, down = RIDGE_SHADOW if ink.role == "ground" else SHADOW
    behind = ink.shape(sheet.place.x - np.float32(right), sheet.place.y - np.float32(down))
    shadow = np.clip(0.5 - behind / np.float32(0.12), 0, 1) * np.float32(0.38)
    picture = picture * (1 - shadow[..., None])
    distance = ink.shape(sheet.place.x, sheet.place.y)
    return _over(picture, ink.colour, coverage(distance, sheet.place.pixel))


_LAY: Final[dict[str, Lay]] = {
    "flat": _flat,
    "gradient": _gradient,
    "neon": _neon,
    "watercolor": _watercolor,
    "risograph": _risograph,
    "line art": _line_art,
    "paper cut": _paper_cut,
}
