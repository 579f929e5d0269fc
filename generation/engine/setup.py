"""What this process draws with, besides the model's files. All of it changes pixels and is named in recipes."""

from dataclasses import dataclass

import diffusers
import torch
import transformers

from generation.engine.errors import EngineError
from generation.threads import drawing_threads

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The process's device, dtype, threads and slots, and what a model's own settings say."""

    device: torch.device
    dtype: torch.dtype
    threads: int
    slots: int
    attention: str = "auto"
    channels_last: bool = False
    compile: bool = False
    offload: str = "none"
    checks_images: bool = True
    """whether a safety checker that comes with the pipeline is used"""


def prepare(*, device: str, dtype: str, threads: int, slots: int) -> Setup:
    """Fix everything in this process that could change pixels from run to run.

    `device`: `auto`, `cpu`, `cuda`, `cuda:1`…; `dtype`: `auto` (float32 on the CPU, float16 elsewhere) or a name in
    DTYPES; `threads`: 0 for as many as `drawing_threads` says. Raises EngineError for a device or dtype that
    is not there.
    """
    chosen = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise EngineError("no_gpu", "The worker is set up for a GPU, but finds none. The operator has to look at it.")
    if dtype != "auto" and dtype not in DTYPES:
        raise EngineError("bad_setup", f"TORCH_DTYPE must be auto or one of {', '.join(DTYPES)}, not {dtype!r}.")
    default = torch.float32 if chosen.type == "cpu" else torch.float16
    torch.set_num_threads(drawing_threads(threads))
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers left it
    return Setup(
        device=chosen, dtype=DTYPES.get(dtype, default), threads=torch.get_num_threads(), slots=max(slots, 1)
    )
