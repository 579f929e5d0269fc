"""What a caption may tell of a picture, and how often each of it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from generation.starter.drawing import colours, landscapes, motifs, patterns
from generation.starter.drawing.colours import COLOUR_NAMES, COLOURS, DARK, far_apart

T = TypeVar("T")

STYLES: Final[tuple[str, ...]] = ("flat", "gradient", "neon", "watercolor", "risograph", "line art", "paper cut")
PLACES: Final[dict[str, tuple[float, float]]] = {
    "": (0, 0),
    "left": (-1, 0),
    "right": (1, 0),
    "top": (0, -1),
    "bottom": (0, 1),
    "top left": (-1, -1),
    "top right": (1, -1),
    "bottom left": (-1, 1),
    "bottom right": (1, 1),
}
RELATIONS: Final[dict[str, tuple[float, float]]] = {
    "left of": (-1, 0),
    "right of": (1, 0),
    "above": (0, -1),
    "below": (0, 1),
}
HOLDERS: Final[tuple[str, ...]] = ("circle", "square", "hexagon", "diamond", "heart")
# What a small network finds hard is drawn twice as often.
PRACTISED: Final = (
    *motifs.MOTIF_NAMES,
    "hexagon",
    "diamond",
    "tree",
    "house",
    "boat",
    "flower",
    "sun",
    "heart",
    "star",
)
LIGHTS: Final[tuple[str, ...]] = ("sun", "moon", "star", "cloud")
# Sum over channels: three layers have to fit in between.
LEAST_OF_GROUNDS: Final = 0.8


@dataclass(frozen=True)
class Facts:
    """All that a caption may say about a picture. Empty text means: not so, or not told apart."""

    kind: str
    style: str
    motif: str
    colour: str
    background: str
    size: str = ""
    place: str = ""
    count: int = 1
    relation: str = ""
    other_motif: str = ""
    other_colour: str = ""
    palette: str = ""


@dataclass(frozen=True)
class Mix:
    """How often what is drawn: shares of the kinds, of landscapes in a palette, and the grounds to pick from."""

    kinds: tuple[float, float, float, float, float]
    palettes: float = 0.4
    grounds: tuple[str, ...] = landscapes.GROUND_NAMES


KINDS: Final[tuple[str, ...]] = ("single", "count", "pair", "landscape", "pattern")
EVEN: Final = Mix(kinds=(0.24, 0.2, 0.12, 0.26, 0.18))
# For a run of its own: views have the most fine edges, and skylines and ridges the most of those.
VIEWS: Final = Mix(
    kinds=(0.12, 0.08, 0.06, 0.62, 0.12),
    palettes=0.55,
    grounds=(*landscapes.GROUND_NAMES, "city", "city", "hills", "hills"),
)
# For another: the smallest objects, and the finest lines.
MANY: Final = Mix(kinds=(0.14, 0.36, 0.1, 0.2, 0.2))
MIXES: Final = {"even": EVEN, "views": VIEWS, "many": MANY}


def sample_facts(rng: np.random.Generator, richness: float = 1.0, mix: Mix = EVEN) -> Facts:
    """Facts of a random picture."""
    plain, rich = np.array([0.7, 0.12, 0.06, 0.0, 0.0, 0.0, 0.12]), np.array([0.3, 0.13, 0.12, 0.12, 0.1, 0.1, 0.13])
    style = str(rng.choice(STYLES, p=plain * (1 - richness) + rich * richness))
    kind = str(rng.choice(KINDS, p=mix.kinds))
    background = pick(rng, DARK[:3]) if style == "neon" else pick(rng, COLOUR_NAMES)
    colour = contrasting(rng, style, background)
    facts = Facts(kind, style, pick(rng, PRACTISED), colour, background)
    return _landscape(rng, facts, mix) if kind == "landscape" else _MAKERS[kind](rng, facts)


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of `options`, evenly."""
    return options[int(rng.integers(len(options)))]


def contrasting(rng: np.random.Generator, style: str, *against: str, least: float = 0.6) -> str:
    """A colour name that stands out against the given ones (and glows, in neon)."""
    usable = [
        name for name in COLOUR_NAMES if all(far_apart(COLOURS[name], COLOURS[other], least) for other in against)
    ]
    if style == "neon":
        usable = [name for name in usable if COLOURS[name].max() > 0.75]
    return pick(rng, usable or ["white"])


def _single(rng: np.random.Generator, facts: Facts) -> Facts:
    size = pick(rng, ("", "", "", "large", "small"))
    place = pick(rng, ("left", "right", "top", "bottom")) if rng.random() < 0.3 else ""
    if not place and rng.random() < 0.15:
        place = pick(rng, ("top left", "top right", "bottom left", "bottom right"))
    return replace(facts, size="" if place and size == "large" else size, place=place)


def _several(rng: np.random.Generator, facts: Facts) -> Facts:
    return replace(facts, count=int(rng.choice([2, 3, 4, 5, 6], p=[0.12, 0.16, 0.2, 0.26, 0.26])))


def _pair(rng: np.random.Generator, facts: Facts) -> Facts:
    relation = "inside" if rng.random() < 0.25 else pick(rng, tuple(RELATIONS))
    options = HOLDERS if relation == "inside" else motifs.MOTIF_NAMES
    other = pick(rng, [name for name in options if name != facts.motif])
    colour = contrasting(rng, facts.style, facts.background, facts.colour)
    return replace(facts, relation=relation, other_motif=other, other_colour=colour)


def _landscape(rng: np.random.Generator, facts: Facts, mix: Mix) -> Facts:
    light = pick(rng, LIGHTS) if rng.random() < 0.9 else ""
    palette = pick(rng, colours.PALETTE_NAMES) if rng.random() < mix.palettes and facts.style != "neon" else ""
    ground = contrasting(rng, facts.style, facts.background, least=LEAST_OF_GROUNDS)
    colour = contrasting(rng, facts.style, facts.background, ground)
    place = pick(rng, ("", "", "left", "right"))
    return replace(
        facts,
        colour=ground,
        motif=pick(rng, mix.grounds),
        other_motif=light,
        other_colour=colour,
        palette=palette,
        place=place if light else "",
    )


def _pattern(rng: np.random.Generator, facts: Facts) -> Facts:
    palette = pick(rng, colours.PALETTE_NAMES) if rng.random() < 0.25 and facts.style != "neon" else ""
    return replace(facts, motif=pick(rng, patterns.PATTERN_NAMES), palette=palette)


_MAKERS: Final = {"single": _single, "count": _several, "pair": _pair, "pattern": _pattern}
