"""Grades the exported folder, draws its contact sheet, and writes the card: the last stage of a training."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Final

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from generation.starter import card, evaluation, sheet
from generation.starter.checkpoints import load
from generation.starter.classifier import load_classifier
from generation.starter.sampling import DEFAULT_GUIDANCE, DEFAULT_STEPS
from generation.starter.unet_training import BATCH

logger = logging.getLogger(__name__)

TIMED: Final = 5
PROCESSES: Final = 2


def load_pipeline(target: Path) -> StableDiffusionPipeline:
    """The exported folder as anyone would load it, without a progress bar."""
    pipeline = StableDiffusionPipeline.from_pretrained(target)
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return pipeline


def report(folder: Path, target: Path, command: str) -> dict[str, evaluation.Grade]:
    """Grade `target`, and write the sheet, the figures, the log and the card into it."""
    torch.set_num_threads(PROCESSES)
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
    card.write_log(
        [folder / f"{stage}.log" for stage in ("unet", "decoder", "encoder", "classifier")], command, target
    )
    card.write_card(target, _facts(folder, grades, control, accuracy, fastest(pipeline)))
    return grades


def _facts(
    folder: Path,
    grades: dict[str, evaluation.Grade],
    control: dict[str, evaluation.Grade],
    accuracy: float,
    seconds: float,
) -> dict[str, object]:
    run = load(folder / "unet.pt")
    figures = {name: {"right": grade.right, "asked": grade.asked} for name, grade in grades.items()}
    return {
        "table": card.table(grades, control),
        "figures": figures | {"seconds_per_picture": round(seconds, 2)},
        "seconds": f"{seconds:.2f}",
        "classifier": f"{accuracy:.1%}",
        "minutes": f"{run['seconds'] / 60:.0f}",
        "pictures": f"{run['step'] * BATCH * PROCESSES:,}",
    }


def fastest(pipeline: StableDiffusionPipeline) -> float:
    """Seconds for one picture at the defaults, the best of a few."""
    times = []
    for seed in range(TIMED):
        started = time.monotonic()
        generator = torch.Generator().manual_seed(seed)
        evaluation.paint(pipeline, [sheet.PROMPTS[0]], [generator], steps=DEFAULT_STEPS, guidance=DEFAULT_GUIDANCE)
        times.append(time.monotonic() - started)
    return min(times)


def read_defaults(target: Path) -> dict[str, object]:
    """The folder's own defaults."""
    defaults: dict[str, object] = json.loads((target / "colophon.json").read_text(encoding="utf-8"))
    return defaults
