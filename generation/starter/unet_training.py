"""Trains UNet and text encoder together, to tell the clean latents from a noisy picture and its caption."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from generation.starter.averaging import Average
from generation.starter.checkpoints import load, save
from generation.starter.drawing.facts import EVEN, Mix
from generation.starter.logs import log_to
from generation.starter.muon import MuonAdamW
from generation.starter.networks import build_scheduler, build_text_encoder, build_unet
from generation.starter.parallel import average_gradients, from_first, processes
from generation.starter.samples import draw_batch
from generation.starter.schedule import rate_factor
from generation.starter.tokenizer import encode
from generation.starter.warm_start import deepened, painter_weights

logger = logging.getLogger(__name__)

# Pictures of one step, shared out over the processes.
BATCH: Final = 64
MUON_RATE: Final = 3e-3
ADAM_RATE: Final = 1e-3
CAPTION_DROP: Final = 0.1
LARGEST_WEIGHT: Final = 16.0
SAVE_EVERY: Final = 180.0
LOG_EVERY: Final = 50
# Seeds from here on are never trained on.
HELD_OUT: Final = 2**40


@dataclass(frozen=True)
class UnetRun:
    """`minutes` of training in all, counting earlier runs that are resumed.

    `enrich` is the share of them spent going from plain to rich pictures. With `start_from`, an exported model, they
    are rich from the first step. `rate` scales both learning rates; pictures are
    drawn in `mix`, from `first_seed` on.
    """

    folder: Path
    minutes: float
    enrich: float = 0.4
    start_from: Path | None = None
    rate: float = 1.0
    first_seed: int = 0
    mix: Mix = EVEN

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / "unet.pt"


class Trainer:
    """One process's share of the run."""

    def __init__(self, run: UnetRun, rank: int) -> None:
        self.run, self.rank = run, rank
        torch.manual_seed(0)
        self.tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(run.folder / "tokenizer")
        self.unet: UNet2DConditionModel = build_unet()
        self.text: CLIPTextModel = build_text_encoder(self.tokenizer)
        self.modules: dict[str, torch.nn.Module] = {"unet": self.unet, "text": self.text}
        if run.start_from and not run.checkpoint.exists():
            weights = painter_weights(run.start_from)
            self.unet.load_state_dict(deepened(weights["unet"], self.unet))
            self.text.load_state_dict(weights["text"])
        self.optimizer = MuonAdamW(self.modules.values(), muon_rate=MUON_RATE, adam_rate=ADAM_RATE)
        self.parameters = [p for module in self.modules.values() for p in module.parameters()]
        self.average = Average(self.modules, slowest=0.996)
        self.alphas = build_scheduler().alphas_cumprod.float()
        self.empty = torch.tensor(encode(self.tokenizer, [""]))[0]
        self.step, self.earlier = 0, 0.0
        if run.checkpoint.exists():
            self._resume()
        torch.manual_seed(1 + rank + 1000 * self.step)

    def _resume(self) -> None:
        state = load(self.run.checkpoint)
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.earlier = state["step"], state["seconds"]

    def save(self, seconds: float) -> None:
        """Keep everything a later run needs."""
        modules = {name: module.state_dict() for name, module in self.modules.items()}
        state = {"modules": modules, "average": self.average.state_dict(), "optimizer": self.optimizer.state_dict()}
        save(self.run.checkpoint, state | {"step": self.step, "seconds": seconds})

    def loss(self, richness: float) -> torch.Tensor:
        """Mean weighted error on a fresh batch."""
        count = BATCH // processes()
        first = self.run.first_seed + self.step * BATCH + self.rank * count
        batch = draw_batch(self.tokenizer, range(first, first + count), richness, self.run.mix)
        ids = torch.where((torch.rand(count) < CAPTION_DROP)[:, None], self.empty, batch.ids)
        clean = batch.latents.contiguous(memory_format=torch.channels_last)
        # Stratified: each batch covers all noise levels evenly.
        times = ((torch.arange(count) + torch.rand(count)) / count * 1000).long().clamp(0, 999)
        alpha = self.alphas[times].view(-1, 1, 1, 1)
        noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * torch.randn_like(clean)
        with torch.autocast("cpu", torch.bfloat16):
            words = self.text(ids).last_hidden_state
            predicted = self.unet(noisy, times, words, return_dict=False)[0]
        error = _rounded(predicted.float() - clean, 1 - alpha).mean((1, 2, 3))
        # 1 / (1 - alpha) makes this the loss in velocity; capped, since the last traces of noise are the decoder's.
        loss: torch.Tensor = (error * (1 / (1 - alpha.flatten())).clamp(max=LARGEST_WEIGHT)).mean()
        return loss

    def train(self) -> None:
        """Train until the minutes are used up."""
        started = last_log = last_save = time.monotonic()
        losses: list[float] = []
        while True:
            now = time.monotonic()
            spent = from_first(self.earlier + now - started) / 60 / self.run.minutes
            if spent >= 1:
                break
            loss = self.loss(1.0 if self.run.start_from else min(1.0, spent / self.run.enrich))
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
                    "unet step %d, %.1f min, loss %.4f, %.0f pictures/s",
                    self.step,
                    spent * self.run.minutes,
                    sum(losses) / len(losses),
                    rate,
                )
                losses, last_log = [], now
            if self.rank == 0 and now - last_save > SAVE_EVERY:
                self.save(self.earlier + now - started)
                last_save = now
        if self.rank == 0:
            self.save(self.earlier + time.monotonic() - started)


def _rounded(error: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Squared error that goes on in a straight line beyond `noise`, the share of it in the variance.

    In much noise a mean is the best answer; with little left the likeliest is, or edges blur (pseudo-Huber loss).
    """
    return 2 * noise * ((error.square() + noise.square()).sqrt() - noise)


def work(rank: int, run: UnetRun) -> None:
    """Entry of each process."""
    log_to(run.folder / "unet.log")
    Trainer(run, rank).train()
