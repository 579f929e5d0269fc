"""Finding, loading and keeping diffusers pipelines."""

import logging
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# cuBLAS is deterministic only with a fixed workspace, which it reads when CUDA starts.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# Threads that wait for each other in a loop starve everything else on a small machine (9 s for a picture of 1 s).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline

from generation.engine.errors import EngineError

logger = logging.getLogger(__name__)

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
KEPT_PIPELINES = 1
"""how many stay in memory: switching models costs a load, keeping several may cost the card"""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What this process draws with, besides the model. All of it changes pixels and is named in recipes."""

    device: torch.device
    dtype: torch.dtype
    threads: int
    slots: int


def prepare(*, device: str, dtype: str, threads: int, slots: int) -> Setup:
    """Fix everything in this process that could change pixels from run to run.

    `device`: `auto`, `cpu`, `cuda`, `cuda:1`…; `dtype`: `auto` (float32 on the CPU, float16 elsewhere) or a name in
    DTYPES; `threads`: 0 for as many as this process may use cores. Raises EngineError for a device or dtype that
    is not there.
    """
    chosen = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise EngineError("no_gpu", "The worker is set up for a GPU, but finds none. The operator has to look at it.")
    if dtype != "auto" and dtype not in DTYPES:
        raise EngineError("bad_setup", f"TORCH_DTYPE must be auto or one of {', '.join(DTYPES)}, not {dtype!r}.")
    default = torch.float32 if chosen.type == "cpu" else torch.float16
    torch.set_num_threads(threads or _cores())
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers left it
    return Setup(
        device=chosen, dtype=DTYPES.get(dtype, default), threads=torch.get_num_threads(), slots=max(slots, 1)
    )


def _cores() -> int:
    """How many cores this process may use; macOS cannot tell, so there it is how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A pipeline, and the safety checker that came with it (taken out: it would paint pictures black), or None."""

    pipeline: Any
    safety_checker: Any


class PipelineCache:
    """Loaded pipelines of this process by folder and hash, the least recently used dropped first."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._loaded: OrderedDict[tuple[Path, bytes], Loaded] = OrderedDict()

    def get(self, folder: Path, model_hash: bytes) -> Loaded:
        """The pipeline, loaded unless it is here already. Raises EngineError."""
        key = (folder, model_hash)
        if key in self._loaded:
            self._loaded.move_to_end(key)
            return self._loaded[key]
        while len(self._loaded) >= KEPT_PIPELINES:
            # Room first: both at once may not fit.
            self._loaded.popitem(last=False)
            free_memory()
        self._loaded[key] = _load(folder, self._setup)
        return self._loaded[key]


def _load(folder: Path, setup: Setup) -> Loaded:
    try:
        pipeline = DiffusionPipeline.from_pretrained(  # type: ignore[no-untyped-call]  # diffusers has no types
            folder, dtype=setup.dtype, local_files_only=True
        )
        pipeline.to(setup.device)
    except (OSError, ValueError, KeyError, AttributeError, ImportError) as error:
        logger.exception("cannot load %s", folder)
        raise EngineError(
            "model_unusable",
            "The model's files are incomplete, damaged or of an unknown kind, so it could not be loaded. "
            "Nothing was drawn; the operator has to look at it. Another model may work.",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    checker = getattr(pipeline, "safety_checker", None)
    if checker is not None:
        pipeline.safety_checker = None
    return Loaded(pipeline=pipeline, safety_checker=checker)


def free_memory() -> None:
    """Give memory that nothing uses any more back to the card."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
