"""Grades the exported folder, draws its contact sheet, and writes the card: the last stage of a training."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Final

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from generation.starter import card, evaluation, sheet
from generation.starter.checkpoints import load
from generation.starter.classifier import load_classifier
from generation.starter.drawing.scenes import sample_scene
from generation.starter.samples import draw
from generation.starter.sampling import DEFAULT_GUIDANCE, DEFAULT_STEPS
from generation.starter.unet_training import BATCH, HELD_OUT

logger = logging.getLogger(__name__)

TIMED: Final = 5
DRAWINGS: Final = 32


def load_pipeline(target: Path) -> StableDiffusionPipeline:
    """The exported folder as anyone would load it, without a progress bar."""
    pipeline = StableDiffusionPipeline.from_pretrained(target)
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return pipeline


def report(folder: Path, target: Path, command: str, start_from: Path | None) -> dict[str, evaluation.Grade]:
    """Grade `target`, and write the sheet, the figures, the log and the card into it."""
    pipeline = load_pipeline(target)
    classifier, accuracy = load_classifier(folder)
    asked = evaluation.questions()
    control = evaluation.grade(asked, evaluation.drawn(asked), classifier)
    pictures = evaluation.painted(asked, pipeline, steps=DEFAULT_STEPS, guidance=DEFAULT_GUIDANCE)
    grades = evaluation.grade(asked, pictures, classifier)
    for name, grade in grades.items():
        logger.info("%s %d/%d, missed: %s", name, grade.right, grade.asked, "; ".join(grade.missed[:10]))
    size = sheet.save_sheet(
        sheet.contact_sheet(pipeline, steps=DEFAULT_STEPS, guidance=DEFAULT_GUIDANCE), target / "contact-sheet.png"
    )
    logger.info("contact sheet of %d bytes", size)
    earlier = (start_from / "TRAINING.log").read_text(encoding="utf-8") if start_from else ""
    logs = [folder / f"{stage}.log" for stage in ("unet", "decoder", "classifier")]
    card.write_log(logs, command, target, earlier=earlier)
    seconds, back = fastest(pipeline), round_trip(pipeline)
    figures = {name: {"right": grade.right, "asked": grade.asked} for name, grade in grades.items()}
    facts: dict[str, object] = {
        "table": card.table(grades, control),
        "figures": figures | {"seconds_per_picture": round(seconds, 2), "round_trip_decibels": round(back, 1)},
        "seconds": f"{seconds:.2f}",
        "threads": "one thread" if torch.get_num_threads() == 1 else f"{torch.get_num_threads()} threads",
        "load": f"{os.getloadavg()[0]:.0f}",
        "classifier": f"{accuracy:.1%}",
        "history": history(folder, start_from),
        "round_trip": f"{back:.1f}",
    }
    card.write_card(target, facts)
    return grades


def history(folder: Path, start_from: Path | None) -> str:
    """How long the UNet was trained, in a sentence."""
    run = load(folder / "unet.pt")
    before = "went on from the weights of an earlier one" if start_from else "started from nothing"
    return f"The last run {before}: {run['seconds'] / 60:.0f} minutes, {run['step'] * BATCH:,} pictures."


@torch.no_grad()
def round_trip(pipeline: StableDiffusionPipeline) -> float:
    """Mean peak signal-to-noise ratio, in decibels, of held-out drawings that were encoded and decoded again."""
    pictures = draw([sample_scene(HELD_OUT + index) for index in range(DRAWINGS)], 256)
    parts = [pipeline.vae.encode(part).latents for part in torch.split(pictures, 4)]
    shown = torch.cat([pipeline.vae.decode(part).sample for part in parts])
    error = (shown.clamp(-1, 1) - pictures).square().mean((1, 2, 3)) / 4
    return float((-10 * error.log10()).mean())


def fastest(pipeline: StableDiffusionPipeline) -> float:
    """Seconds for one picture at the defaults, the best of a few."""
    times = []
    for seed in range(TIMED):
        started = time.monotonic()
        generator = torch.Generator().manual_seed(seed)
        evaluation.paint(pipeline, [sheet.PROMPTS[0]], [generator], steps=DEFAULT_STEPS, guidance=DEFAULT_GUIDANCE)
        times.append(time.monotonic() - started)
    return min(times)
