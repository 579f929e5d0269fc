"""Finding and keeping diffusers pipelines."""

import logging
from collections import OrderedDict
from pathlib import Path

import psutil
import torch
from diffusers import DiffusionPipeline

from generation.engine.errors import EngineError
from generation.engine.loading import Loaded, estimated_bytes, load
from generation.engine.setup import Setup, prepare

__all__ = ["Loaded", "PipelineCache", "Setup", "download", "free_memory", "prepare"]

logger = logging.getLogger(__name__)

SHARE_OF_MEMORY = 0.6
"""what the weights may take of the device when no budget is set; the rest is for drawing"""


def download(*, source: str, revision: str) -> Path:
    """The folder of a hub model, downloaded unless it is in the local cache. Raises EngineError."""
    try:
        return Path(DiffusionPipeline.download(source, revision=revision or None))
    except (OSError, ValueError) as error:  # huggingface_hub's own errors derive from these
        logger.warning("cannot get the model %s: %s", source, error)
        raise EngineError(
            "model_unavailable",
            f"The model {source} could not be downloaded. Nothing was drawn; try again later, or with another model.",
        ) from error


class PipelineCache:
    """Loaded pipelines of this process, the least recently used dropped first to stay within a budget of memory.

    `budget`: bytes that all weights together may take; 0 for SHARE_OF_MEMORY of the device's. A model that is larger
    than the budget is kept alone, with a warning.
    """

    def __init__(self, setup: Setup, *, budget: int = 0) -> None:
        self._setup = setup
        self._budget = budget or int(SHARE_OF_MEMORY * _device_memory(setup.device))
        self._loaded: OrderedDict[tuple[object, ...], Loaded] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes that the weights of the loaded pipelines take."""
        return sum(loaded.size for loaded in self._loaded.values())

    def __len__(self) -> int:
        return len(self._loaded)

    def holds(self, source: Path, model_hash: bytes, *, setup: Setup, config: Path | None = None) -> bool:
        """Whether `get` would load nothing."""
        return (source, model_hash, config, setup) in self._loaded

    def get(
        self, source: Path, model_hash: bytes, *, setup: Setup | None = None, config: Path | None = None
    ) -> Loaded:
        """The pipeline with these settings, loaded unless it is here already. Raises EngineError."""
        setup = setup or self._setup
        key = (source, model_hash, config, setup)
        if key in self._loaded:
            self._loaded.move_to_end(key)
            return self._loaded[key]
        # Room first: both at once may not fit.
        self._make_room(_estimate(source, setup))
        loaded = load(source, setup, config=config)
        size = loaded.size
        self._make_room(size)
        if size > self._budget:
            logger.warning(
                "the weights of %s take %d bytes, more than the budget of %d: it is kept alone",
                source.name, size, self._budget,
            )  # fmt: skip
        self._loaded[key] = loaded
        return loaded

    def _make_room(self, size: int) -> None:
        while self._loaded and self.size + size > self._budget:
            (source, *_), dropped = self._loaded.popitem(last=False)
            logger.info("the weights of %s, %d bytes, make room for another model", source, dropped.size)
            del dropped
            free_memory()


def _estimate(source: Path, setup: Setup) -> int:
    try:
        return estimated_bytes(source, setup)
    except Exception:  # noqa: BLE001 - whatever is wrong with the files, loading them says it better
        return 0


def _device_memory(device: torch.device) -> int:
    """Bytes: the card's, or the machine's."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return int(psutil.virtual_memory().total)


def free_memory() -> None:
    """Give memory that nothing uses any more back to the card."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
