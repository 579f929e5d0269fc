"""What is in a picture: first the facts a caption may tell, then the inks that show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from generation.starter.drawing import colours, landscapes, motifs, patterns
from generation.starter.drawing.colours import COLOUR_NAMES, COLOURS, DARK, PALETTES, RGB, far_apart
from generation.starter.drawing.geometry import Shape, circle

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
# A reach is a whole number of these; a square's sides are then whole pixels.
REACH: Final = 0.075
SIZES: Final = {"": 8, "large": 10, "small": 4}
# From the middle to a place. Few places and sizes, each of them sharp: a small network that may put an edge anywhere
# blurs it.
AWAY: Final = 0.5
ARRANGEMENTS: Final[dict[int, tuple[int, tuple[tuple[float, float], ...]]]] = {
    # reach of each object, then the centres
    2: (5, ((-0.5, 0), (0.5, 0))),
    3: (5, ((-0.5, 0.4375), (0.5, 0.4375), (0, -0.4375))),
    4: (5, ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5))),
    5: (4, ((-0.625, -0.625), (0.625, -0.625), (-0.625, 0.625), (0.625, 0.625), (0, 0))),
    6: (3, ((-0.625, -0.375), (0, -0.375), (0.625, -0.375), (-0.625, 0.375), (0, 0.375), (0.625, 0.375))),
}


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
class Ink:
    """One thing to lay down: where (signed distance), in which colour, and where its gradient is centred."""

    shape: Shape
    colour: RGB
    centre_y: float = 0.0
    reach: float = 1.0
    role: str = "object"


@dataclass(frozen=True)
class Scene:
    """A picture, ready to be rendered at any size; `seed` fixes the textures of its style."""

    seed: int
    facts: Facts
    background: RGB
    inks: tuple[Ink, ...]


def sample_scene(seed: int, richness: float = 1.0, **fixed: str | int) -> Scene:
    """The scene of a seed. `richness` 0..1 moves from plain styles to all of them; `fixed` pins facts."""
    rng = np.random.default_rng(seed)
    facts = sample_facts(rng, richness)
    if fixed:
        facts = replace(facts, **fixed)  # type: ignore[arg-type]
    return compose(facts, seed)


def sample_facts(rng: np.random.Generator, richness: float = 1.0) -> Facts:
    """Facts of a random picture."""
    plain, rich = np.array([0.7, 0.12, 0.06, 0.0, 0.0, 0.0, 0.12]), np.array([0.3, 0.13, 0.12, 0.12, 0.1, 0.1, 0.13])
    style = str(rng.choice(STYLES, p=plain * (1 - richness) + rich * richness))
    kind = str(rng.choice(["single", "count", "pair", "landscape", "pattern"], p=[0.24, 0.2, 0.12, 0.26, 0.18]))
    background = pick(rng, DARK[:3]) if style == "neon" else pick(rng, COLOUR_NAMES)
    colour = contrasting(rng, style, background)
    facts = Facts(kind, style, pick(rng, PRACTISED), colour, background)
    return _MAKERS[kind](rng, facts)


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


def _landscape(rng: np.random.Generator, facts: Facts) -> Facts:
    light = pick(rng, LIGHTS) if rng.random() < 0.9 else ""
    palette = pick(rng, colours.PALETTE_NAMES) if rng.random() < 0.4 and facts.style != "neon" else ""
    ground = contrasting(rng, facts.style, facts.background, least=LEAST_OF_GROUNDS)
    colour = contrasting(rng, facts.style, facts.background, ground)
    place = pick(rng, ("", "", "left", "right"))
    return replace(
        facts,
        colour=ground,
        motif=pick(rng, landscapes.GROUND_NAMES),
        other_motif=light,
        other_colour=colour,
        palette=palette,
        place=place if light else "",
    )


def _pattern(rng: np.random.Generator, facts: Facts) -> Facts:
    palette = pick(rng, colours.PALETTE_NAMES) if rng.random() < 0.25 and facts.style != "neon" else ""
    return replace(facts, motif=pick(rng, patterns.PATTERN_NAMES), palette=palette)


_MAKERS: Final = {"single": _single, "count": _several, "pair": _pair, "landscape": _landscape, "pattern": _pattern}


def compose(facts: Facts, seed: int) -> Scene:
    """The picture that shows `facts`, and nothing else: `seed` is left only the textures of the style."""
    ground = PALETTES[facts.palette][0] if facts.palette else COLOURS[facts.background]
    inks = _COMPOSERS[facts.kind](facts, ground)
    return Scene(seed, facts, ground, tuple(inks))


def _object(motif: str, colour: RGB, background: RGB, centre: tuple[float, float], reach: float) -> list[Ink]:
    paints = {
        "main": colour,
        "deep": _shade(colour),
        "accent": _accent(colour, background),
        "wood": _wood(background),
    }
    return [
        Ink(
            motifs.placed(shape, *centre, reach),
            paints[paint],
            centre[1],
            reach,
            "object" if paint == "main" else "detail",
        )
        for shape, paint in motifs.MOTIFS[motif]
    ]


def _shade(colour: RGB) -> RGB:
    return colours.darker(colour, 0.38) if colour.mean() > 0.3 else colours.lighter(colour, 0.3)


def _accent(colour: RGB, background: RGB) -> RGB:
    options = [COLOURS[name] for name in ("cream", "yellow", "navy", "red")]
    return next(
        (option for option in options if far_apart(option, colour) and far_apart(option, background)),
        COLOURS["white"],
    )


def _wood(background: RGB) -> RGB:
    return next(
        (COLOURS[name] for name in ("brown", "beige", "black") if far_apart(COLOURS[name], background, 0.45)),
        COLOURS["brown"],
    )


def _compose_single(facts: Facts, ground: RGB) -> list[Ink]:
    steps = 6 if facts.place and not facts.size else SIZES[facts.size]
    x, y = PLACES[facts.place]
    return _object(facts.motif, COLOURS[facts.colour], ground, (x * AWAY, y * AWAY), steps * REACH)


def _compose_several(facts: Facts, ground: RGB) -> list[Ink]:
    steps, centres = ARRANGEMENTS[facts.count]
    return [
        ink
        for centre in centres
        for ink in _object(facts.motif, COLOURS[facts.colour], ground, centre, steps * REACH)
    ]


def _compose_pair(facts: Facts, ground: RGB) -> list[Ink]:
    first, second = COLOURS[facts.colour], COLOURS[facts.other_colour]
    if facts.relation == "inside":
        outer = _object(facts.other_motif, second, ground, (0, 0), 12 * REACH)
        return outer + _object(facts.motif, first, second, (0, 0), 5 * REACH)
    x, y = RELATIONS[facts.relation]
    there = _object(facts.other_motif, second, ground, (-x * AWAY, -y * AWAY), 5 * REACH)
    return there + _object(facts.motif, first, ground, (x * AWAY, y * AWAY), 5 * REACH)


def _compose_landscape(facts: Facts, ground: RGB) -> list[Ink]:
    if facts.palette:
        _, light, *layers = PALETTES[facts.palette]
    else:
        light, layers = COLOURS[facts.other_colour], _receding(COLOURS[facts.colour], ground)
    inks = _light(facts, light, ground)
    # What stands in the sky, and where, tells the view: a choice that only the finest details could tell would end up
    # as a blend of all.
    number = LIGHTS.index(facts.other_motif) if facts.other_motif else 0
    number += ("", "left", "right").index(facts.place)
    for shape, colour in zip(landscapes.view(facts.motif, number), layers, strict=True):
        inks.append(Ink(shape, colour, 0.5, 0.6, "ground"))
    return inks


def _receding(colour: RGB, sky: RGB) -> list[RGB]:
    """Far, middle and near, each clearly apart from the next: distance takes on the sky, nearness the shade."""
    if colour.mean() < 0.4:
        return [colours.mix(colour, sky, 0.6), colours.mix(colour, sky, 0.3), colour]
    shade = colours.darker(sky if colour.mean() > 0.8 else colour, 0.5)
    return [colours.mix(colour, sky, 0.5), colour, colours.mix(colour, shade, 0.8)]


def _light(facts: Facts, colour: RGB, ground: RGB) -> list[Ink]:
    if not facts.other_motif:
        return []
    x, y, reach = PLACES[facts.place][0] * AWAY, -AWAY, 4 * REACH
    if facts.other_motif != "sun":
        return _object(facts.other_motif, colour, ground, (x, y), reach)
    # Rays this small would be lost over a skyline.
    return [Ink(motifs.placed(lambda u, v: circle(u, v, 0.9), x, y, reach), colour, y, reach)]


def _compose_pattern(facts: Facts, ground: RGB) -> list[Ink]:
    main = COLOURS[facts.colour]
    # The style tells the arrangement.
    arranged = np.random.default_rng(STYLES.index(facts.style))
    paints = (
        [PALETTES[facts.palette][3], PALETTES[facts.palette][2]]
        if facts.palette
        else [main, colours.mix(main, ground, 0.45)]
    )
    return [
        Ink(shape, paint, role="pattern")
        for shape, paint in zip(patterns.PATTERNS[facts.motif](arranged), paints, strict=False)
    ]


_COMPOSERS: Final = {
    "single": _compose_single,
    "count": _compose_several,
    "pair": _compose_pair,
    "landscape": _compose_landscape,
    "pattern": _compose_pattern,
}
