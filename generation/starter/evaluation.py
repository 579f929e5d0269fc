"""Grades a pipeline folder on held-out captions, and real drawings of the same facts as a control."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from generation.starter import measures
from generation.starter.classifier import MotifClassifier, recognise
from generation.starter.drawing.captions import describe
from generation.starter.drawing.colours import COLOUR_NAMES, SYNONYMS
from generation.starter.drawing.facts import HOLDERS, PLACES, RELATIONS, Facts, contrasting, pick
from generation.starter.drawing.landscapes import GROUND_NAMES
from generation.starter.drawing.motifs import MOTIF_NAMES
from generation.starter.drawing.patterns import PATTERN_NAMES
from generation.starter.drawing.scenes import compose
from generation.starter.latents import as_tensor
from generation.starter.samples import draw

FIRST_SEED: Final = 2**41
# Line art and neon show their colour as a thin or glowing line, where a share of pixels says little.
STYLES: Final = ("flat", "flat", "gradient", "paper cut", "watercolor", "risograph")
SEEN_AT: Final = 64
TOGETHER: Final = 8


@dataclass(frozen=True)
class Question:
    """A caption, what it asks for, and the seed of its noise."""

    caption: str
    facts: Facts
    seed: int


Check = Callable[[Question, measures.Picture, str], bool | None]


def questions() -> list[Question]:
    """232 held-out captions: motifs, places, counts, relations, landscapes and patterns, in all filled styles."""
    rng = np.random.default_rng(FIRST_SEED)
    places = tuple(PLACES)[1:]
    asked = [
        *(_facts(rng, "single", MOTIF_NAMES[index % len(MOTIF_NAMES)]) for index in range(64)),
        *(_facts(rng, "single", pick(rng, MOTIF_NAMES), place=places[index % 8]) for index in range(48)),
        *(_facts(rng, "count", pick(rng, MOTIF_NAMES), count=2 + index % 5) for index in range(40)),
        *(_pair(rng, (*RELATIONS, "inside")[index % 5]) for index in range(40)),
        *(_landscape(rng, GROUND_NAMES[index % 5]) for index in range(20)),
        *(_facts(rng, "pattern", PATTERN_NAMES[index % 10]) for index in range(20)),
    ]
    return [Question(describe(facts, rng), facts, FIRST_SEED + index) for index, facts in enumerate(asked)]


def _facts(rng: np.random.Generator, kind: str, motif: str, *, place: str = "", count: int = 1) -> Facts:
    style, background = pick(rng, STYLES), pick(rng, COLOUR_NAMES)
    return Facts(kind, style, motif, contrasting(rng, style, background), background, place=place, count=count)


def _pair(rng: np.random.Generator, relation: str) -> Facts:
    style, background = pick(rng, STYLES), pick(rng, COLOUR_NAMES)
    first = contrasting(rng, style, background)
    second = contrasting(rng, style, background, first)
    options = HOLDERS if relation == "inside" else MOTIF_NAMES
    motif = pick(rng, MOTIF_NAMES)
    other = pick(rng, [name for name in options if name != motif])
    return Facts("pair", style, motif, first, background, relation=relation, other_motif=other, other_colour=second)


def _landscape(rng: np.random.Generator, ground: str) -> Facts:
    style, background = pick(rng, STYLES), pick(rng, COLOUR_NAMES)
    first = contrasting(rng, style, background)
    second = contrasting(rng, style, background, first)
    return Facts(
        "landscape", style, ground, first, background, other_motif=pick(rng, ("sun", "moon")), other_colour=second
    )


def names_background(question: Question) -> bool:
    """Whether the caption asks for a background at all; one in twelve leaves it open."""
    name = question.facts.background
    words = "|".join((name, *SYNONYMS[name]))
    return re.search(rf"(on|against|with) (an? )?({words})\b|({words}) background", question.caption) is not None


def _background(question: Question, picture: measures.Picture, motif: str) -> bool | None:  # noqa: ARG001 - one shape for all checks
    if question.facts.kind in ("landscape", "pattern") or not names_background(question):
        return None
    return measures.background_name(picture) == question.facts.background


def _colour(question: Question, picture: measures.Picture, motif: str) -> bool | None:  # noqa: ARG001
    if question.facts.kind not in ("single", "count"):
        return None
    return measures.shows_colour(picture, question.facts.colour)


def _place(question: Question, picture: measures.Picture, motif: str) -> bool | None:  # noqa: ARG001
    return measures.stands_at(picture, question.facts.place) if question.facts.place else None


def _count(question: Question, picture: measures.Picture, motif: str) -> bool | None:  # noqa: ARG001
    return measures.counted(picture) == question.facts.count if question.facts.kind == "count" else None


def _relation(question: Question, picture: measures.Picture, motif: str) -> bool | None:  # noqa: ARG001
    facts = question.facts
    return measures.related(picture, facts.colour, facts.other_colour, facts.relation) if facts.relation else None


def _motif(question: Question, picture: measures.Picture, motif: str) -> bool | None:  # noqa: ARG001
    return None if question.facts.kind == "pair" else motif == question.facts.motif


CHECKS: Final[dict[str, Check]] = {
    "background colour": _background,
    "main colour": _colour,
    "position": _place,
    "count": _count,
    "relation": _relation,
    "motif": _motif,
}


@dataclass(frozen=True)
class Grade:
    """How many of `asked` were right, and which captions were not."""

    right: int
    asked: int
    missed: tuple[str, ...]

    @property
    def share(self) -> float:
        """Right out of asked, 0..1."""
        return self.right / self.asked


def grade(asked: Sequence[Question], pictures: torch.Tensor, classifier: MotifClassifier) -> dict[str, Grade]:
    """Every check over pictures (n, 3, 256, 256) in -1..1."""
    motifs = recognise(classifier, pictures)
    small = torch.nn.functional.avg_pool2d(pictures, pictures.shape[-1] // SEEN_AT)
    arrays = ((small.permute(0, 2, 3, 1) + 1) / 2).numpy()
    grades = {}
    for name, check in CHECKS.items():
        verdicts = [
            (question, check(question, array, motif))
            for question, array, motif in zip(asked, arrays, motifs, strict=True)
        ]
        counted = [(question, verdict) for question, verdict in verdicts if verdict is not None]
        missed = tuple(question.caption for question, verdict in counted if not verdict)
        grades[name] = Grade(len(counted) - len(missed), len(counted), missed)
    return grades


def drawn(asked: Sequence[Question]) -> torch.Tensor:
    """Real drawings of the same facts."""
    return draw([compose(question.facts, question.seed) for question in asked], 256)


def painted(
    asked: Sequence[Question], pipeline: StableDiffusionPipeline, *, steps: int, guidance: float
) -> torch.Tensor:
    """The model's pictures, as the pipeline gives them (in bfloat16 arithmetic, which takes half the time)."""
    pictures = []
    for start in range(0, len(asked), TOGETHER):
        group = asked[start : start + TOGETHER]
        generators = [torch.Generator().manual_seed(question.seed) for question in group]
        prompts = [question.caption for question in group]
        with torch.autocast("cpu", torch.bfloat16):
            pictures += paint(pipeline, prompts, generators, steps=steps, guidance=guidance)
    return as_tensor(np.stack(pictures))


def paint(
    pipeline: StableDiffusionPipeline,
    prompts: list[str],
    generators: list[torch.Generator],
    *,
    steps: int,
    guidance: float,
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """uint8 pictures (256, 256, 3), one for each prompt and generator."""
    images = pipeline(prompts, num_inference_steps=steps, guidance_scale=guidance, generator=generators).images
    return [np.asarray(image.convert("RGB")) for image in images]
