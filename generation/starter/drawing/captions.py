"""Many wordings for the same facts, so that free wording works and unknown words do no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from generation.starter.drawing.colours import SYNONYMS
from generation.starter.drawing.facts import Facts, pick
from generation.starter.drawing.motifs import PLURALS
from generation.starter.drawing.words import GENERAL

NUMBERS: Final = {
    1: ("one", "1", "a single", "one single"),
    2: ("two", "2", "a pair of"),
    3: ("three", "3"),
    4: ("four", "4"),
    5: ("five", "5"),
    6: ("six", "6"),
}
SIZES: Final = {"": ("",), "large": ("large", "big", "huge"), "small": ("small", "little", "tiny")}
PLACE_WORDS: Final = {
    "": ("", "", "", "in the center", "in the middle"),
    "left": ("on the left", "at the left", "on the left side"),
    "right": ("on the right", "at the right", "on the right side"),
    "top": ("at the top", "on top", "near the top"),
    "bottom": ("at the bottom", "near the bottom"),
    "top left": ("in the top left corner", "at the top left", "in the upper left"),
    "top right": ("in the top right corner", "at the top right", "in the upper right"),
    "bottom left": ("in the bottom left corner", "at the bottom left", "in the lower left"),
    "bottom right": ("in the bottom right corner", "at the bottom right", "in the lower right"),
}
RELATION_WORDS: Final = {
    "left of": ("to the left of", "left of"),
    "right of": ("to the right of", "right of"),
    "above": ("above", "over"),
    "below": ("below", "under", "beneath"),
    "inside": ("inside", "in", "within"),
}
MOTIF_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "circle": ("circle", "disc"),
    "moon": ("moon", "crescent moon", "crescent"),
    "pine": ("pine", "pine tree", "fir tree"),
    "boat": ("boat", "sailboat", "ship"),
    "diamond": ("diamond", "rhombus"),
    "house": ("house", "cottage", "home"),
    "flower": ("flower", "daisy", "blossom"),
    "ring": ("ring", "hoop"),
    "mountains": ("mountains", "mountain range", "peaks"),
    "hills": ("hills", "rolling hills"),
    "waves": ("waves", "sea", "ocean waves"),
    "city": ("city", "city skyline", "skyline"),
    "forest": ("forest", "pine forest", "woods"),
    "checkerboard": ("checkerboard", "checkered pattern", "chessboard"),
    "grid": ("grid", "grid of lines"),
    "dots": ("dots", "polka dots", "grid of dots"),
    "rings": ("rings", "concentric circles", "concentric rings"),
    "rays": ("rays", "sunburst", "sun rays"),
    "flow lines": ("flow lines", "flowing lines", "wavy stripes"),
    "blobs": ("blobs", "organic shapes", "abstract blobs"),
    "horizontal stripes": ("horizontal stripes",),
    "vertical stripes": ("vertical stripes",),
    "diagonal stripes": ("diagonal stripes",),
}
STYLE_WORDS: Final = {
    "flat": ("flat", "minimal", "flat design"),
    "gradient": ("gradient", "soft gradient"),
    "neon": ("neon", "glowing neon", "neon glow"),
    "watercolor": ("watercolor", "watercolour"),
    "risograph": ("risograph", "riso", "riso print"),
    "line art": ("line art", "outline", "line drawing"),
    "paper cut": ("paper cut", "papercut", "cut paper"),
}
OPENINGS: Final = (
    "a picture of",
    "an image of",
    "art of",
    "a drawing of",
    "an illustration of",
    "a poster of",
    "abstract art,",
    "please draw",
    "i want",
    "a painting of",
    "a print of",
)
FILLERS: Final = (
    *(
        "beautiful",
        "high quality",
        "detailed",
        "modern",
        "calm",
        "simple",
        "elegant",
        "artistic",
        "masterpiece",
        "4k",
    ),
    *("for my wall", "in a quiet mood", "trending", "nice", "lovely", "award winning", "vivid", "clean", "poster"),
    *("print", "cinematic", "dreamy", "peaceful", "crisp", "sharp edges", "highly detailed", "illustration"),
    *("digital art", "geometric", "aesthetic", "best quality", "photo", "realistic", "surreal", "cute", "old"),
    *("with a dragon", "zebra", "robot", "mysterious", "epic", "by a famous painter", "bauhaus", "museum"),
    *("studio light", "retro", "vintage", "happy"),
)


def describe(facts: Facts, rng: np.random.Generator) -> str:
    """One wording of `facts`."""
    parts = [_BODIES[facts.kind](facts, rng)]
    if facts.kind in ("single", "count", "pair") and rng.random() < 0.92:
        parts.append(_background(facts, rng))
    text = " ".join(part for part in parts if part)
    text = _with_style(text, facts, rng)
    if rng.random() < 0.18:
        text = f"{pick(rng, OPENINGS)} {text}"
    if rng.random() < 0.22:
        filler = pick(rng, FILLERS) if rng.random() < 0.7 else f"{pick(rng, GENERAL)} {pick(rng, GENERAL)}"
        text = f"{text}, {filler}" if rng.random() < 0.7 else f"{filler}, {text}"
    return text


def _colour(name: str, rng: np.random.Generator) -> str:
    return pick(rng, SYNONYMS[name]) if rng.random() < 0.25 else name


def _motif(name: str, rng: np.random.Generator) -> str:
    return pick(rng, MOTIF_WORDS.get(name, (name,)))


def _article(phrase: str) -> str:
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def _phrase(*words: str) -> str:
    return " ".join(word for word in words if word)


def _single(facts: Facts, rng: np.random.Generator) -> str:
    noun = _phrase(pick(rng, SIZES[facts.size]), _colour(facts.colour, rng), _motif(facts.motif, rng))
    counted = _phrase(pick(rng, NUMBERS[1]), noun) if rng.random() < 0.1 else _article(noun)
    return _phrase(counted if rng.random() < 0.85 else noun, pick(rng, PLACE_WORDS[facts.place]))


def _several(facts: Facts, rng: np.random.Generator) -> str:
    return _phrase(pick(rng, NUMBERS[facts.count]), _colour(facts.colour, rng), PLURALS[facts.motif])


def _pair(facts: Facts, rng: np.random.Generator) -> str:
    first = _article(_phrase(_colour(facts.colour, rng), _motif(facts.motif, rng)))
    second = _article(_phrase(_colour(facts.other_colour, rng), _motif(facts.other_motif, rng)))
    return _phrase(first, pick(rng, RELATION_WORDS[facts.relation]), second)


def _palette(facts: Facts, rng: np.random.Generator) -> str:
    return pick(rng, ("in a {} palette", "in {} colors", "{} palette", "in {} tones", "with {} colours")).format(
        facts.palette
    )


def _landscape(facts: Facts, rng: np.random.Generator) -> str:
    ground = _motif(facts.motif, rng)
    light = facts.other_motif
    place = pick(rng, PLACE_WORDS[facts.place]) if facts.place else ""
    if facts.palette:
        body = _over(_phrase(_article(light), place) if light else "", ground, rng)
        return _phrase(body, _palette(facts, rng))
    ground = _phrase(_colour(facts.colour, rng), ground)
    light = _phrase(_article(_phrase(_colour(facts.other_colour, rng), light)), place) if light else ""
    sky = _colour(facts.background, rng)
    return _phrase(
        _over(light, ground, rng),
        pick(rng, (f"under a {sky} sky", f"and a {sky} sky", f"on a {sky} background", f"against a {sky} sky")),
    )


def _over(light: str, ground: str, rng: np.random.Generator) -> str:
    if not light:
        return ground
    return pick(
        rng, (f"{ground} with {light}", f"{light} over {ground}", f"{ground} and {light}", f"{light} above {ground}")
    )


def _pattern(facts: Facts, rng: np.random.Generator) -> str:
    body = _motif(facts.motif, rng)
    if facts.palette:
        return _phrase(body, _palette(facts, rng))
    colour, ground = _colour(facts.colour, rng), _colour(facts.background, rng)
    return pick(
        rng,
        (
            f"{colour} {body} on a {ground} background",
            f"{colour} and {ground} {body}",
            f"{colour} {body} on {ground}",
        ),
    )


def _background(facts: Facts, rng: np.random.Generator) -> str:
    ground = _colour(facts.background, rng)
    article = _article(ground)
    return pick(
        rng,
        (
            f"on {article} background",
            f"on {article} background",
            f"on {ground}",
            f"against {article} background",
            f"with {article} background",
            f", {ground} background",
        ),
    ).replace(" ,", ",")


def _with_style(text: str, facts: Facts, rng: np.random.Generator) -> str:
    if facts.style == "flat" and rng.random() < 0.75:
        return text
    style = pick(rng, STYLE_WORDS[facts.style])
    return pick(
        rng,
        (
            f"{style} {_bare(text)}",
            f"{text}, {style} style",
            f"{text} in {style} style",
            f"{style} style, {text}",
            f"{text}, {style}",
        ),
    )


def _bare(text: str) -> str:
    for article in ("a ", "an "):
        if text.startswith(article):
            return text[len(article) :]
    return text


_BODIES: Final[dict[str, Callable[[Facts, np.random.Generator], str]]] = {
    "single": _single,
    "count": _several,
    "pair": _pair,
    "landscape": _landscape,
    "pattern": _pattern,
}
