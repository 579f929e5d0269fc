"""Teaches the encoder to find the latents of a finished picture, so that picture-to-picture works too.

Text to picture never calls it. Its target is fixed (the Haar latents), so this is plain regression, and quick.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from generation.starter.averaging import Average
from generation.starter.checkpoints import save
from generation.starter.drawing.scenes import sample_scene
from generation.starter.latents import CELLS, PICTURE, to_latents
from generation.starter.muon import MuonAdamW
from generation.starter.networks import build_autoencoder
from generation.starter.samples import draw
from generation.starter.schedule import rate_factor

logger = logging.getLogger(__name__)

BATCH: Final = 8
CROP: Final = 8
MUON_RATE: Final = 2e-3
ADAM_RATE: Final = 1e-3
LOG_EVERY: Final = 100
FIRST_SEED: Final = 2**35
# The encoder is certain: next to no variance around the latents it names.
LOG_VARIANCE: Final = -12.0


def train_encoder(folder: Path, minutes: float) -> float:
    """Train for `minutes`, keep the weights in `folder`, and give the last mean absolute error of the latents."""
    torch.manual_seed(0)
    autoencoder = build_autoencoder()
    assert autoencoder.quant_conv is not None
    learning = torch.nn.ModuleList([autoencoder.encoder, autoencoder.quant_conv])
    optimizer = MuonAdamW([learning], muon_rate=MUON_RATE, adam_rate=ADAM_RATE)
    average = Average({"autoencoder": autoencoder}, slowest=0.99)
    started, step, recent = time.monotonic(), 0, [0.0]
    while (spent := (time.monotonic() - started) / 60 / minutes) < 1:
        loss = _loss(autoencoder, step)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step(rate_factor(step, spent))
        learning.zero_grad()
        step += 1
        average.update(step)
        recent = [*recent[-LOG_EVERY:], loss.item()]
        if step % LOG_EVERY == 0:
            logger.info("encoder step %d, error %.4f", step, sum(recent) / len(recent))
    own = ("encoder", "quant_conv")
    kept = {key: value for key, value in average.state_dict()["autoencoder"].items() if key.startswith(own)}
    save(folder / "encoder.pt", {"average": {"autoencoder": kept}})
    return sum(recent) / len(recent)


def _loss(autoencoder: AutoencoderKL, step: int) -> torch.Tensor:
    first = FIRST_SEED + step * BATCH
    pictures = draw([sample_scene(seed) for seed in range(first, first + BATCH)], PICTURE)
    side, scale = CROP, PICTURE // CELLS
    row, column = torch.randint(0, CELLS - side + 1, (2,)).tolist()
    wanted = to_latents(pictures)[:, :, row : row + side, column : column + side]
    part = pictures[:, :, row * scale : (row + side) * scale, column * scale : (column + side) * scale]
    with torch.autocast("cpu", torch.bfloat16):
        posterior = autoencoder.encode(part.contiguous(memory_format=torch.channels_last), return_dict=False)[0]
    means, log_variances = posterior.mean.float(), posterior.logvar.float()
    error: torch.Tensor = (means - wanted).abs().mean() + 0.01 * (log_variances - LOG_VARIANCE).abs().mean()
    return error
