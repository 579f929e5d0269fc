"""Latents from the networks directly: what the pipeline does, in batches and in bfloat16, for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from generation.starter.networks import build_scheduler
from generation.starter.tokenizer import encode

DEFAULT_STEPS = 16
DEFAULT_GUIDANCE = 2.0


@dataclass(frozen=True)
class Painter:
    """What is needed to turn prompts into latents."""

    tokenizer: CLIPTokenizer
    text: CLIPTextModel
    unet: UNet2DConditionModel

    @torch.no_grad()
    def paint(
        self,
        prompts: Sequence[str],
        noise: torch.Tensor,
        *,
        steps: int = DEFAULT_STEPS,
        guidance: float = DEFAULT_GUIDANCE,
        start: float = 1.0,
    ) -> torch.Tensor:
        """Latents for `prompts` from `noise`; `start` below 1 takes only the last share of the steps."""
        scheduler = build_scheduler()
        scheduler.set_timesteps(steps)
        ids = torch.tensor(encode(self.tokenizer, [""] * len(prompts) + list(prompts)))
        latents = noise
        with torch.autocast("cpu", torch.bfloat16):
            words = self.text(ids).last_hidden_state
            for time in scheduler.timesteps[-max(1, round(steps * start)) :]:
                without, with_words = self.unet(torch.cat([latents] * 2), time, words).sample.float().chunk(2)
                guided = without + guidance * (with_words - without)
                latents = scheduler.step(guided, time, latents, return_dict=False)[0]
        return latents


def seeded_noise(count: int, shape: tuple[int, int, int], seed: int) -> torch.Tensor:
    """Standard normal noise (count, *shape), the same for a seed."""
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))
