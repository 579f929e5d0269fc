"""Loading one pipeline, as its model's settings say."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers import AutoPipelineForText2Image, DiffusionPipeline
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0
from safetensors import SafetensorError, safe_open

from generation.engine.errors import EngineError
from generation.engine.noise import draw_in_fp32
from generation.engine.remembering import remember_words
from generation.engine.setup import Setup

logger = logging.getLogger(__name__)

STORED_DTYPES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8, "I32": 4, "I8": 1}
"""bytes of one number in a safetensors file"""


@dataclass(kw_only=True)
class Loaded:
    """A pipeline, and the safety checker that came with it (taken out: it would paint pictures black), or None."""

    pipeline: Any
    safety_checker: Any
    siblings: dict[str, Any] = field(default_factory=dict)
    """pipelines of other modes, which share these weights; see `engine.modes`"""
    adapters: tuple[Any, ...] = ()
    """what is on top of the weights now; see `engine.adapters`"""

    @property
    def size(self) -> int:
        """Bytes of all parameters and buffers."""
        checker = [] if self.safety_checker is None else [self.safety_checker]
        parts = [part for part in self.pipeline.components.values() if isinstance(part, torch.nn.Module)]
        return sum(_bytes(part) for part in [*parts, *checker])


def load(source: Path, setup: Setup, *, config: Path | None = None) -> Loaded:
    """The pipeline of a folder, or of a single file that `config` (a folder) configures. Raises EngineError."""
    try:
        pipeline = _read(source, setup, config)
        checker = getattr(pipeline, "safety_checker", None)
        if checker is not None:
            pipeline.safety_checker = None
        _apply(pipeline, setup)
        if not setup.checks_images:
            checker = None
        if checker is not None:
            checker.to(setup.device)
    except (OSError, ValueError, KeyError, AttributeError, ImportError, SafetensorError) as error:
        logger.exception("cannot load %s", source)
        raise EngineError(
            "model_unusable",
            "The model's files are incomplete, damaged or of an unknown kind, so it could not be loaded. "
            "Nothing was drawn; the operator has to look at it. Another model may work.",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    draw_in_fp32(pipeline)
    remember_words(pipeline)
    return Loaded(pipeline=pipeline, safety_checker=checker)


def _read(source: Path, setup: Setup, config: Path | None) -> Any:  # noqa: ANN401 - diffusers has no types
    dtype = setup.dtype
    if config is not None:
        name = DiffusionPipeline.load_config(config)["_class_name"]
        kind = getattr(diffusers, name)
        return kind.from_single_file(str(source), config=str(config), dtype=dtype, local_files_only=True)
    try:
        return AutoPipelineForText2Image.from_pretrained(source, dtype=dtype, local_files_only=True)  # type: ignore[no-untyped-call]  # diffusers has no types
    except ValueError:
        # A kind that diffusers lists nowhere, or code of the model's own.
        return DiffusionPipeline.from_pretrained(source, dtype=dtype, local_files_only=True)  # type: ignore[no-untyped-call]  # diffusers has no types


def _apply(pipeline: Any, setup: Setup) -> None:  # noqa: ANN401 - diffusers has no types
    """Everything that a model's settings say besides its dtype. Raises EngineError for what this pipeline cannot."""
    denoiser = denoiser_of(pipeline)
    _attend(pipeline, setup.attention)
    if setup.channels_last:
        for part in (denoiser, getattr(pipeline, "vae", None)):
            if part is not None:
                part.to(memory_format=torch.channels_last)
    if setup.offload == "none":
        pipeline.to(setup.device)
    elif setup.device.type == "cpu":
        raise EngineError("bad_setup", "The model is set to be offloaded from a GPU, but this worker has none.")
    elif setup.offload == "model":
        pipeline.enable_model_cpu_offload(device=setup.device)
    else:
        pipeline.enable_sequential_cpu_offload(device=setup.device)
    if setup.compile:
        denoiser.compile()


def _attend(pipeline: Any, attention: str) -> None:  # noqa: ANN401 - diffusers has no types
    if attention == "auto":
        return
    unet = getattr(pipeline, "unet", None)
    if unet is None:
        raise EngineError(
            "bad_setup",
            f"The model is set to attend {attention}, which only models with a UNet can. The operator has to set its "
            "`attention` to auto.",
        )
    if attention == "sliced":
        pipeline.enable_attention_slicing()
    else:
        processor = AttnProcessor2_0 if attention == "sdpa" else AttnProcessor
        unet.set_attn_processor(processor())


def denoiser_of(pipeline: Any) -> Any:  # noqa: ANN401 - diffusers has no types
    """The network that is run at each step, or None for a kind of pipeline that names it otherwise."""
    return getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)


def estimated_bytes(source: Path, setup: Setup) -> int:
    """What the weights will take once loaded: from the headers of the files, before anything is read.

    Files in other formats than safetensors are counted with their size.
    """
    files = [source] if source.is_file() else _weight_files(source)
    return sum(_header_bytes(file, setup.dtype) for file in files)


def _weight_files(folder: Path) -> list[Path]:
    """Those that a pipeline reads by default: none of another precision (`….fp16.safetensors`), none at the top."""
    files: list[Path] = []
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        for suffix in (".safetensors", ".bin"):
            plain = [file for file in sorted(part.glob(f"*{suffix}")) if len(file.name.split(".")) == 2]
            if plain:
                files += plain
                break
    return files


def _header_bytes(file: Path, dtype: torch.dtype) -> int:
    if file.suffix != ".safetensors":
        return file.stat().st_size
    itemsize = torch.empty(0, dtype=dtype).element_size()
    with safe_open(file, framework="pt") as opened:
        slices = (opened.get_slice(name) for name in opened.keys())  # noqa: SIM118 - no mapping
        return sum(_numbers(part.get_shape()) * _loaded_size(part.get_dtype(), itemsize) for part in slices)


def _numbers(shape: list[int]) -> int:
    return math.prod(shape)


def _loaded_size(stored: str, itemsize: int) -> int:
    """Bytes of a number once loaded: integers stay as they are, everything else becomes the pipeline's dtype."""
    return STORED_DTYPES.get(stored, itemsize) if stored.startswith("I") else itemsize


def _bytes(module: torch.nn.Module) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in _tensors(module))


def _tensors(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    yield from module.parameters()
    yield from module.buffers()
