"""Trains the decoder that sharpens latents to 256 pixels.

Its input carries noise, and the UNet's own slips: it learns to mend both.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from generation.starter.averaging import Average
from generation.starter.checkpoints import load, save
from generation.starter.drawing.captions import describe
from generation.starter.drawing.scenes import Scene, sample_scene
from generation.starter.latents import CELLS, PICTURE, to_latents
from generation.starter.logs import log_to
from generation.starter.muon import MuonAdamW
from generation.starter.networks import DECODER_BLOCKS, build_autoencoder, build_scheduler
from generation.starter.parallel import average_gradients, from_first, processes
from generation.starter.samples import draw
from generation.starter.sampling import DEFAULT_GUIDANCE, Painter
from generation.starter.schedule import rate_factor
from generation.starter.shipping import trained_painter
from generation.starter.warm_start import start_decoder

logger = logging.getLogger(__name__)

# Crops of one step, shared out over the processes; a picture at full size takes long to draw and gives two.
BATCH: Final = 16
CROPS: Final = 2
CANDIDATES: Final = 4
MUON_RATE: Final = 1e-3
ADAM_RATE: Final = 6e-4
EDGE_WEIGHT: Final = 0.5
# Small: whoever expects much noise takes faint edges for it.
MOST_NOISE: Final = 0.04
REPAINT_STEPS: Final = 6
# First layers of the decoder, at 16 and 32 cells: with each level come its blocks, an enlarging and a convolution.
COARSE_LAYERS: Final = 4 + sum(DECODER_BLOCKS[:2])
SAVE_EVERY: Final = 90.0
LOG_EVERY: Final = 25
FIRST_SEED: Final = 2**36


@dataclass(frozen=True)
class DecoderRun:
    """`minutes` in all, on crops of `crop` cells a side.

    `repainted` is the share of inputs that the UNet has painted over; a second stage starts `since` so many minutes.
    `rate` scales both learning rates, `start_from` is an exported model whose decoder to start with, and pictures are
    drawn from `first_seed` on.
    """

    folder: Path
    minutes: float
    crop: int = 6
    repainted: float = 0.0
    since: float = 0.0
    rate: float = 1.0
    start_from: Path | None = None
    first_seed: int = 0

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / "decoder.pt"


class Trainer:
    """One process's share of the run."""

    def __init__(self, run: DecoderRun, rank: int) -> None:
        self.run, self.rank = run, rank
        torch.manual_seed(0)
        self.autoencoder = build_autoencoder()
        if run.start_from and not run.checkpoint.exists():
            start_decoder(self.autoencoder, run.start_from)
        self.parameters = list(self.autoencoder.decoder.parameters())
        self.optimizer = MuonAdamW([self.autoencoder.decoder], muon_rate=MUON_RATE, adam_rate=ADAM_RATE)
        self.average = Average({"autoencoder": self.autoencoder}, slowest=0.995)
        self.painter: Painter | None = trained_painter(run.folder) if run.repainted else None
        self.step, self.earlier = 0, 0.0
        if run.checkpoint.exists():
            self._resume()
        torch.manual_seed(1 + rank + 1000 * self.step)

    def _resume(self) -> None:
        state = load(self.run.checkpoint)
        self.autoencoder.load_state_dict(state["module"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.earlier = state["step"], state["seconds"]

    def save(self, seconds: float) -> None:
        """Keep everything a later run needs."""
        average = {
            key: tensor
            for key, tensor in self.average.state_dict()["autoencoder"].items()
            if not key.startswith("encoder")
        }
        state = {
            "module": self.autoencoder.state_dict(),
            "average": {"autoencoder": average},
            "optimizer": self.optimizer.state_dict(),
        }
        save(self.run.checkpoint, state | {"step": self.step, "seconds": seconds})

    def inputs(self, scenes: list[Scene], pictures: torch.Tensor) -> torch.Tensor:
        """Latents as the decoder will meet them: a little noisy, or painted over by the UNet."""
        clean = to_latents(pictures)
        noisy = clean + torch.randn_like(clean) * (torch.rand(len(clean), 1, 1, 1) * MOST_NOISE)
        count = round(len(scenes) * self.run.repainted)
        if count == 0 or self.painter is None:
            return noisy
        return torch.cat([self._repaint(self.painter, scenes[:count], clean[:count]), noisy[count:]])

    def _repaint(self, painter: Painter, scenes: list[Scene], clean: torch.Tensor) -> torch.Tensor:
        # Down to almost nothing but noise, to make all of the UNet's own mistakes: caption and a trace of the colours
        # still tell the picture, and whoever could not know where an edge is would blur it.
        start = float(torch.randint(1, 6, ()).item()) / REPAINT_STEPS
        scheduler = build_scheduler()
        scheduler.set_timesteps(REPAINT_STEPS)
        time_ = scheduler.timesteps[-round(REPAINT_STEPS * start)]
        noisy = scheduler.add_noise(clean, torch.randn_like(clean), time_[None])  # type: ignore[arg-type] # any integer tensor will do
        captions = [describe(scene.facts, np.random.default_rng([scene.seed, 3])) for scene in scenes]
        return painter.paint(captions, noisy, steps=REPAINT_STEPS, guidance=DEFAULT_GUIDANCE, start=start)

    def loss(self) -> torch.Tensor:
        """L1 of colours and of edges, on crops of fresh pictures."""
        count = BATCH // CROPS // processes()
        first = FIRST_SEED + self.run.first_seed + self.step * (BATCH // CROPS) + self.rank * count
        scenes = [sample_scene(seed) for seed in range(first, first + count)]
        pictures = draw(scenes, PICTURE)
        latents = self.inputs(scenes, pictures)
        corners = [corner for z in latents for corner in self._corners(z)]
        scale = PICTURE // CELLS
        wanted = _cut(pictures, corners, self.run.crop, scale)
        with torch.autocast("cpu", torch.bfloat16):
            shown = self._show(latents.contiguous(memory_format=torch.channels_last), corners)
        error = shown.float() - wanted
        edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
        loss: torch.Tensor = error.abs().mean() + EDGE_WEIGHT * edges
        return loss

    def _corners(self, latents: torch.Tensor) -> list[tuple[int, int]]:
        return [_corner(latents, self.run.crop, candidates) for candidates in (1,) * (CROPS - 1) + (CANDIDATES,)]

    def _show(self, latents: torch.Tensor, corners: list[tuple[int, int]]) -> torch.Tensor:
        """Crops of the decoded picture; the coarse levels see all of it, as they must to straighten a shape."""
        layers = self.autoencoder.decoder.layers
        coarse = layers[:COARSE_LAYERS](3 * torch.tanh(latents / 3))
        parts = _cut(coarse, corners, self.run.crop, coarse.shape[-1] // CELLS)
        shown: torch.Tensor = layers[COARSE_LAYERS:](parts.contiguous(memory_format=torch.channels_last))
        return shown * 2 - 1

    def train(self) -> None:
        """Train until the minutes are used up."""
        started = last_log = last_save = time.monotonic()
        losses: list[float] = []
        while True:
            now = time.monotonic()
            minutes = from_first(self.earlier + now - started) / 60
            spent = (minutes - self.run.since) / (self.run.minutes - self.run.since)
            if spent >= 1:
                break
            loss = self.loss()
            loss.backward()  # type: ignore[no-untyped-call]
            average_gradients(self.parameters)
            self.optimizer.step(self.run.rate * rate_factor(self.step, spent))
            for parameter in self.parameters:
                parameter.grad = None
            self.step += 1
            self.average.update(self.step)
            losses.append(loss.item())
            if self.rank == 0 and self.step % LOG_EVERY == 0:
                rate = LOG_EVERY * BATCH / (now - last_log)
                logger.info(
                    "decoder step %d, %.1f min, loss %.4f, %.0f crops/s",
                    self.step,
                    minutes,
                    sum(losses) / len(losses),
                    rate,
                )
                losses, last_log = [], now
            if self.rank == 0 and now - last_save > SAVE_EVERY:
                self.save(self.earlier + now - started)
                last_save = now
        if self.rank == 0:
            self.save(self.earlier + time.monotonic() - started)


def _cut(pictures: torch.Tensor, corners: list[tuple[int, int]], side: int, scale: int) -> torch.Tensor:
    """`CROPS` crops of each picture, at corners and of a side given in cells of `scale` pixels."""
    whole = pictures.repeat_interleave(CROPS, 0)
    return torch.stack(
        [
            picture[:, y * scale : (y + side) * scale, x * scale : (x + side) * scale]
            for picture, (y, x) in zip(whole, corners, strict=True)
        ]
    )


def _corner(latents: torch.Tensor, side: int, candidates: int) -> tuple[int, int]:
    """Of some random corners of a crop the one that shows most edges: much of a picture is flat, and soon learnt."""
    corners = torch.randint(0, latents.shape[-1] - side + 1, (candidates, 2)).tolist()
    y, x = max(corners, key=lambda c: float(latents[3:, c[0] : c[0] + side, c[1] : c[1] + side].square().mean()))
    return y, x


def work(rank: int, run: DecoderRun) -> None:
    """Entry of each process."""
    log_to(run.folder / "decoder.log")
    Trainer(run, rank).train()


def blend(folder: Path, start_from: Path) -> None:
    """Half of the run's decoder, half of the one it started from: the shapes of one, the hard edges of the other."""
    checkpoint = DecoderRun(folder, 0).checkpoint
    state, start = load(checkpoint), build_autoencoder()
    if state.get("blended"):
        return
    start_decoder(start, start_from)
    weights = start.state_dict()
    for name, tensor in state["average"]["autoencoder"].items():
        tensor.lerp_(weights[name], 0.5)
    save(checkpoint, state | {"blended": True})
