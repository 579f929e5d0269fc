"""Drawing pictures so that the same recipe gives the same pixels (law 9).

A batch always has the same number of slots, because the number of pictures in it is what changes the last bits;
empty slots repeat the last picture and are thrown away. Each picture's noise is drawn by itself, in fp32 on the CPU,
from its own seed.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from generation.engine.errors import EngineError
from generation.engine.pipelines import Loaded, Setup, free_memory


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What to draw. Sizes in pixels; one picture for each seed, at most as many as there are slots."""

    prompt: str
    negative_prompt: str
    seeds: Sequence[int]
    steps: int
    guidance_scale: float
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture, RGB, and whether the model's own safety checker wants it looked at. Its pixels are as drawn."""

    image: Image.Image
    flagged: bool


def draw(
    loaded: Loaded,
    drawing: Drawing,
    *,
    setup: Setup,
    on_step: Callable[[float], None],
) -> list[Drawn]:
    """The pictures in the order of their seeds.

    `on_step` is told after each denoising step which share is done, 0 to 1; what it raises stops the drawing and
    comes out of here. Raises EngineError (out_of_memory, not_drawable).
    """
    seeds = [*drawing.seeds, *[drawing.seeds[-1]] * (setup.slots - len(drawing.seeds))]
    arguments = arguments_for(loaded.pipeline, drawing, seeds=seeds, setup=setup, on_step=on_step)
    try:
        images = loaded.pipeline(**arguments).images[: len(drawing.seeds)]
        return judged(loaded, images, setup=setup)
    except (MemoryError, RuntimeError, ValueError) as error:
        raise engine_error_of(error) from error


def is_safe(loaded: Loaded, probe: Drawing, *, setup: Setup) -> bool:
    """Whether one picture comes out the same in whichever slot of a batch. Raises EngineError."""
    same = replace(probe, seeds=[probe.seeds[0]] * setup.slots)
    pictures = {drawn.image.tobytes() for drawn in draw(loaded, same, setup=setup, on_step=lambda _share: None)}
    return len(pictures) == 1


def arguments_for(
    pipeline: Any,  # noqa: ANN401 - diffusers has no types
    drawing: Drawing,
    *,
    seeds: Sequence[int],
    setup: Setup,
    on_step: Callable[[float], None],
) -> dict[str, Any]:
    """What the pipeline is called with to draw one picture for each of `seeds`. Raises EngineError (not_drawable)."""
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    arguments: dict[str, Any] = {
        "prompt": [drawing.prompt] * len(seeds),
        "num_inference_steps": drawing.steps,
        "guidance_scale": drawing.guidance_scale,
        "width": drawing.width,
        "height": drawing.height,
        "generator": generators,
        "callback_on_step_end": _progress(on_step),
    }
    if drawing.negative_prompt:
        arguments["negative_prompt"] = [drawing.negative_prompt] * len(seeds)
    noise = _noise(pipeline, drawing, generators)
    if noise is not None:
        arguments["latents"] = noise.to(setup.device, setup.dtype)
    _refuse_unknown(pipeline, arguments)
    return arguments


def judged(loaded: Loaded, images: Sequence[Image.Image], *, setup: Setup) -> list[Drawn]:
    """The pictures that a pipeline gave, in RGB, with what the model's own safety checker says of them."""
    pictures = [image.convert("RGB") for image in images]
    flags = _flags(loaded, pictures, setup)
    return [Drawn(image=image, flagged=flag) for image, flag in zip(pictures, flags, strict=True)]


def engine_error_of(error: Exception) -> EngineError:
    """What an exception of torch or of a pipeline means to whoever asked for the picture."""
    # The CPU allocator has no exception of its own; torch.OutOfMemoryError is the card's.
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error):
        free_memory()
        return EngineError(
            "out_of_memory",
            "The worker ran out of memory while drawing. Finished pictures are kept; try again with a smaller size.",
        )
    return EngineError(
        "not_drawable",
        f"The model cannot draw this: {error}. Nothing was lost; change the request and try again.",
    )


@torch.no_grad()
def _flags(loaded: Loaded, images: list[Image.Image], setup: Setup) -> list[bool]:
    """What the model's own safety checker says of each picture; nothing is flagged by a model without one."""
    if loaded.safety_checker is None:
        return [False] * len(images)
    pixels = loaded.pipeline.feature_extractor(images, return_tensors="pt").pixel_values
    # It blackens the pictures it is given, so it is given empty ones, and judges by the features.
    empty = np.zeros((len(images), 1, 1, 3), dtype=np.float32)
    _, flags = loaded.safety_checker(images=empty, clip_input=pixels.to(setup.device, setup.dtype))
    return [bool(flag) for flag in flags]


def _noise(
    pipeline: Any,  # noqa: ANN401 - diffusers has no types
    drawing: Drawing,
    generators: Sequence[torch.Generator],
) -> torch.Tensor | None:
    """Starting noise, fp32, `(slots, channels, height / cell, width / cell)`.

    None for pipelines without a UNet: they arrange their latents in ways of their own, so they draw the noise
    themselves, in the model's dtype, from the same CPU generators.
    """
    unet = getattr(pipeline, "unet", None)
    cell = getattr(pipeline, "vae_scale_factor", None)
    if unet is None or cell is None:
        return None
    shape = (1, unet.config.in_channels, drawing.height // cell, drawing.width // cell)
    return torch.cat([torch.randn(shape, generator=generator, dtype=torch.float32) for generator in generators])


def _progress(on_step: Callable[[float], None]) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    def after_step(pipeline: Any, index: int, _time: Any, _tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        # Some schedulers take more steps than were asked for.
        on_step((index + 1) / max(pipeline.num_timesteps, index + 1))
        return {}

    return after_step


def _refuse_unknown(pipeline: Any, arguments: dict[str, Any]) -> None:  # noqa: ANN401 - diffusers has no types
    """Drop what a pipeline has no use for, but never silently what somebody asked for. Raises EngineError."""
    known = inspect.signature(pipeline.__call__).parameters
    if "prompt" not in known:
        raise EngineError("not_drawable", "This model does not make pictures from text. Choose another model.")
    if "negative_prompt" in arguments and "negative_prompt" not in known:
        raise EngineError("not_drawable", "This model takes no negative prompt. Leave it empty and try again.")
    for name in set(arguments) - set(known):
        del arguments[name]
