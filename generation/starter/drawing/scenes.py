"""The inks that show the facts of a picture, and where each lies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from generation.starter.drawing import colours, landscapes, motifs, patterns
from generation.starter.drawing.colours import COLOURS, PALETTES, RGB, far_apart
from generation.starter.drawing.facts import EVEN, LIGHTS, PLACES, RELATIONS, STYLES, Facts, Mix, sample_facts
from generation.starter.drawing.geometry import Shape, circle

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


def sample_scene(seed: int, richness: float = 1.0, mix: Mix = EVEN, **fixed: str | int) -> Scene:
    """The scene of a seed. `richness` 0..1 moves from plain styles to all of them; `fixed` pins facts."""
    rng = np.random.default_rng(seed)
    facts = sample_facts(rng, richness, mix)
    if fixed:
        facts = replace(facts, **fixed)  # type: ignore[arg-type]
    return compose(facts, seed)


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
