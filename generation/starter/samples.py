"""Training samples, drawn as they are needed: at half a millisecond each, storing them would save nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from transformers import CLIPTokenizer

from generation.starter.drawing.captions import describe
from generation.starter.drawing.facts import EVEN, Mix
from generation.starter.drawing.scenes import Scene, sample_scene
from generation.starter.drawing.styles import render
from generation.starter.latents import as_tensor, to_latents
from generation.starter.tokenizer import encode

# Twice the resolution of the latents' picture: edges are anti-aliased once more when pooled.
DRAWN_AT = 64


@dataclass(frozen=True)
class Batch:
    """Latents (n, 12, 16, 16) and token ids (n, length)."""

    latents: torch.Tensor
    ids: torch.Tensor


def draw_batch(tokenizer: CLIPTokenizer, seeds: Iterable[int], richness: float, mix: Mix = EVEN) -> Batch:
    """The pictures of `seeds` with one caption each."""
    scenes = [sample_scene(seed, richness, mix) for seed in seeds]
    captions = [describe(scene.facts, np.random.default_rng([scene.seed, 3])) for scene in scenes]
    return Batch(to_latents(draw(scenes, DRAWN_AT)), torch.tensor(encode(tokenizer, captions)))


def draw(scenes: Iterable[Scene], size: int) -> torch.Tensor:
    """Scenes as a tensor (n, 3, size, size) in -1..1."""
    return as_tensor(np.stack([render(scene, size) for scene in scenes]))
