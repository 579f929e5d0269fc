"""What looks at pictures: one interface, whose verdict is a flag with scores. No picture is ever changed by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from PIL import Image

from generation.engine.loading import Loaded
from generation.engine.setup import Setup


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a checker says of one picture. `scores`: of each concept, how far it lies above its threshold."""

    checker: str
    flagged: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)


class ImageChecker(Protocol):
    """Something that looks at pictures."""

    def judge(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """A verdict for each picture."""


class NoChecker:
    """Nothing looks: the verdict says so."""

    def judge(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Of each picture, that nothing looked at it."""
        return [Verdict(checker="none") for _ in images]


class PipelineChecker:
    """The safety checker that came with a Stable Diffusion model (CLIP; Rando et al., arXiv:2210.04610)."""

    def __init__(self, loaded: Loaded, setup: Setup) -> None:
        self._checker = loaded.safety_checker
        self._features = loaded.pipeline.feature_extractor
        self._setup = setup

    @torch.no_grad()
    def judge(self, images: Sequence[Image.Image]) -> list[Verdict]:
        """Flags as the checker gives them, and how far each concept's similarity lies above its threshold."""
        pixels = self._features(list(images), return_tensors="pt").pixel_values
        pixels = pixels.to(self._setup.device, self._setup.dtype)
        # It blackens the pictures it is given, so it is given empty ones, and judges by the features.
        empty = np.zeros((len(images), 1, 1, 3), dtype=np.float32)
        _, flags = self._checker(images=empty, clip_input=pixels)
        return [
            Verdict(checker="pipeline", flagged=bool(flag), scores=scores)
            for flag, scores in zip(flags, self._scores(pixels), strict=True)
        ]

    def _scores(self, pixels: torch.Tensor) -> list[dict[str, float]]:
        checker = self._checker
        seen = torch.nn.functional.normalize(checker.visual_projection(checker.vision_model(pixels)[1]))
        scores: list[dict[str, float]] = [{} for _ in range(len(seen))]
        for kind, concepts, thresholds in (
            ("concept", checker.concept_embeds, checker.concept_embeds_weights),
            ("special", checker.special_care_embeds, checker.special_care_embeds_weights),
        ):
            above = seen @ torch.nn.functional.normalize(concepts).T - thresholds
            for row, values in zip(scores, above.tolist(), strict=True):
                row.update({f"{kind}_{number}": round(value, 4) for number, value in enumerate(values)})
        return scores


def checker_for(loaded: Loaded, setup: Setup) -> ImageChecker:
    """What looks at the pictures of this model."""
    return NoChecker() if loaded.safety_checker is None else PipelineChecker(loaded, setup)
