"""Where a stage tells how it goes: on the screen, and in a file that ends up beside the weights."""

from __future__ import annotations

import logging
from pathlib import Path


def log_to(path: Path) -> None:
    """Log to the screen and, appending, to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.StreamHandler(), logging.FileHandler(path, encoding="utf-8")]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers, force=True)
