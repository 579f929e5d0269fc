"""A small classifier that names the motif of a picture; trained on drawings only, used to grade the model."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import torch
from torch import nn

from generation.starter.checkpoints import load, save
from generation.starter.drawing.landscapes import GROUND_NAMES
from generation.starter.drawing.motifs import MOTIF_NAMES
from generation.starter.drawing.patterns import PATTERN_NAMES
from generation.starter.drawing.scenes import Scene, sample_scene
from generation.starter.samples import draw

logger = logging.getLogger(__name__)

CLASSES: Final[tuple[str, ...]] = (*MOTIF_NAMES, *GROUND_NAMES, *PATTERN_NAMES)
SEEN_AT: Final = 64
BATCH: Final = 64
KINDS: Final = ("single", "count", "landscape", "pattern")
TRAIN_SEED, TEST_SEED = 2**37, 2**38


class MotifClassifier(nn.Module):
    """Pictures (n, 3, 64, 64) in -1..1 to one score per class."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3
        for wider in (32, 64, 96, 128):
            layers += [nn.Conv2d(width, wider, 3, stride=2, padding=1), nn.BatchNorm2d(wider), nn.ReLU()]
            layers += [nn.Conv2d(wider, wider, 3, padding=1), nn.BatchNorm2d(wider), nn.ReLU()]
            width = wider
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(width, len(CLASSES))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Scores of shape (n, classes)."""
        scores: torch.Tensor = self.head(self.features(pictures).mean((2, 3)))
        return scores


def scenes_from(first: int, count: int) -> list[Scene]:
    """The next `count` scenes that have one motif to name."""
    found: list[Scene] = []
    seed = first
    while len(found) < count:
        scene = sample_scene(seed)
        if scene.facts.kind in KINDS:
            found.append(scene)
        seed += 1
    return found


def labels(scenes: list[Scene]) -> torch.Tensor:
    """Class numbers of scenes."""
    return torch.tensor([CLASSES.index(scene.facts.motif) for scene in scenes])


def train_classifier(folder: Path, steps: int) -> float:
    """Train on fresh drawings, keep the weights in `folder`, give the accuracy on 1,000 drawings never trained on."""
    torch.manual_seed(0)
    model = MotifClassifier()
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps + 1)
    for step in range(steps):
        scenes = scenes_from(TRAIN_SEED + step * 2 * BATCH, BATCH)
        pictures = draw(scenes, SEEN_AT)
        pictures = pictures + torch.randn_like(pictures) * 0.05 * torch.rand(BATCH, 1, 1, 1)
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(pictures)
        loss = nn.functional.cross_entropy(scores.float(), labels(scenes))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        rate.step()
        if step % 100 == 99:
            logger.info("classifier step %d, loss %.3f", step + 1, loss.item())
    accuracy = accuracy_on_drawings(model.eval())
    save(folder / "classifier.pt", {"module": model.state_dict(), "accuracy": accuracy})
    return accuracy


def load_classifier(folder: Path) -> tuple[MotifClassifier, float]:
    """The trained classifier and its accuracy on real drawings."""
    state = load(folder / "classifier.pt")
    model = MotifClassifier()
    model.load_state_dict(state["module"])
    return model.eval(), state["accuracy"]


@torch.no_grad()
def recognise(model: MotifClassifier, pictures: torch.Tensor) -> list[str]:
    """The motif seen in each picture (n, 3, s, s), s a multiple of 64."""
    small = nn.functional.avg_pool2d(pictures, pictures.shape[-1] // SEEN_AT)
    return [CLASSES[index] for index in model(small).argmax(1).tolist()]


def accuracy_on_drawings(model: MotifClassifier, count: int = 1000) -> float:
    """Share of unseen drawings that are named rightly."""
    scenes = scenes_from(TEST_SEED, count)
    named = recognise(model, draw(scenes, SEEN_AT))
    return sum(name == scene.facts.motif for name, scene in zip(named, scenes, strict=True)) / count
