"""Learning rate over a run that is measured in minutes, since on a shared machine steps cannot be promised."""

from __future__ import annotations

from typing import Final

WARM_UP_STEPS: Final = 50
CONSTANT_UNTIL: Final = 0.35
LEAST: Final = 0.02


def rate_factor(step: int, spent: float) -> float:
    """Share of the full learning rate at `step`, `spent` (0..1) of the time used: up, level, then straight down."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    return warm * (1.0 if spent < CONSTANT_UNTIL else max(LEAST, (1 - spent) / (1 - CONSTANT_UNTIL)))
