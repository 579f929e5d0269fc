"""Drawing pictures so that the same recipe gives the same pixels (law 9).

A batch always has the same number of slots, because the number of pictures in it is what changes the last bits;
empty slots repeat the last picture and are thrown away. Each picture's noise is drawn by itself, in fp32 on the CPU,
from its own seed.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from PIL import Image

from generation.engine.adapters import Applied, put_on
from generation.engine.errors import EngineError
from generation.engine.modes import kept_outside, picture_arguments, pipeline_for
from generation.engine.noise import starting_noise
from generation.engine.pipelines import Loaded, Setup, free_memory
from generation.engine.recording import Recorder
from generation.engine.safety import Verdict, checker_for
from generation.engine.watching import watching
from generation.engine.weighting import weighted_arguments
from generation.modes import Mode


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What to draw. Sizes in pixels; one picture for each seed, at most as many as there are slots.

    `prompts` and `negative_prompts`, when the pictures have words of their own, are one for each seed. `init` is the
    picture that it starts from, of which `strength` (0 to 1) changes, `mask` where it does.
    """

    prompt: str
    negative_prompt: str
    seeds: Sequence[int]
    steps: int
    guidance_scale: float
    width: int
    height: int
    prompts: Sequence[str] = ()
    negative_prompts: Sequence[str] = ()
    prompt_weighting: bool = False
    adapters: tuple[Applied, ...] = ()
    mode: str = Mode.TEXT_TO_IMAGE
    init: Image.Image | None = None
    mask: Image.Image | None = None
    strength: float | None = None


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture, RGB, and what the model's checker says of it. Its pixels are as drawn."""

    image: Image.Image
    verdict: Verdict
    latents: tuple[bytes, ...] = field(default=(), repr=False)
    """after each step: fp32, little-endian"""

    @property
    def flagged(self) -> bool:
        """Whether curators are to look at it."""
        return self.verdict.flagged


@dataclass(kw_only=True)
class Forming:
    """Pictures that are drawn together, after one of their steps."""

    share: float = 0.0
    """how much of their steps is done, 0 to 1"""
    predicted: torch.Tensor | None = None
    """what the latents are heading for, one row for each slot, as the pipeline arranges them: for previews"""


def draw(
    loaded: Loaded,
    drawing: Drawing,
    *,
    setup: Setup,
    on_step: Callable[[Forming], None],
) -> list[Drawn]:
    """The pictures in the order of their seeds.

    `on_step` is told after each denoising step how far they are; what it raises stops the drawing and comes out of
    here. Raises EngineError (out_of_memory, not_drawable).
    """
    forming = Forming()

    def step(share: float) -> None:
        forming.share = share
        on_step(forming)

    seeds = [*drawing.seeds, *[drawing.seeds[-1]] * (setup.slots - len(drawing.seeds))]
    put_on(loaded, drawing.adapters)
    pipeline = pipeline_for(loaded, drawing.mode)
    recorder = Recorder()
    arguments = arguments_for(pipeline, drawing, seeds=seeds, setup=setup, on_step=step, on_latents=recorder.note)
    try:
        with watching(pipeline.scheduler, lambda target: setattr(forming, "predicted", target)):
            images = pipeline(**arguments).images[: len(drawing.seeds)]
        pictures = judged(loaded, images, drawing, setup=setup)
        return [replace(picture, latents=recorder.row(place)) for place, picture in enumerate(pictures)]
    except (MemoryError, RuntimeError, ValueError) as error:
        raise engine_error_of(error) from error


def is_safe(loaded: Loaded, probe: Drawing, *, setup: Setup) -> bool:
    """Whether one picture comes out the same in whichever slot of a batch. Raises EngineError."""
    same = replace(probe, seeds=[probe.seeds[0]] * setup.slots)
    pictures = {drawn.image.tobytes() for drawn in draw(loaded, same, setup=setup, on_step=lambda _forming: None)}
    return len(pictures) == 1


def arguments_for(
    pipeline: Any,  # noqa: ANN401 - diffusers has no types
    drawing: Drawing,
    *,
    seeds: Sequence[int],
    setup: Setup,
    on_step: Callable[[float], None],
    on_latents: Callable[[torch.Tensor], None] = lambda _latents: None,
) -> dict[str, Any]:
    """What the pipeline is called with to draw one picture for each of `seeds`. Raises EngineError (not_drawable).

    `on_latents` is given the latents of all rows after each step.
    """
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    arguments: dict[str, Any] = {
        "num_inference_steps": drawing.steps,
        "guidance_scale": drawing.guidance_scale,
        "width": drawing.width,
        "height": drawing.height,
        "generator": generators,
        "callback_on_step_end": _progress(on_step, on_latents),
        **_words(pipeline, drawing, len(seeds)),
    }
    if drawing.init is not None:
        assert drawing.strength is not None
        arguments |= picture_arguments(
            mode=drawing.mode,
            init=drawing.init,
            mask=drawing.mask,
            strength=drawing.strength,
            width=drawing.width,
            height=drawing.height,
            count=len(seeds),
        )
    else:
        noise = starting_noise(pipeline, width=drawing.width, height=drawing.height, generators=generators)
        if noise is not None:
            arguments["latents"] = noise.to(setup.device, setup.dtype)
    _refuse_unknown(pipeline, arguments)
    return arguments


def _words(pipeline: Any, drawing: Drawing, count: int) -> dict[str, Any]:  # noqa: ANN401 - diffusers has no types
    """The words of each picture, or embeddings of them when they are weighted."""
    prompts = _padded(drawing.prompts, drawing.prompt, count)
    negative = _padded(drawing.negative_prompts, drawing.negative_prompt, count)
    if drawing.prompt_weighting:
        return weighted_arguments(pipeline, prompts=prompts, negative_prompts=negative)
    return {"prompt": prompts, **({"negative_prompt": negative} if any(negative) else {})}


def _padded(texts: Sequence[str], one: str, count: int) -> list[str]:
    own = list(texts) or [one] * count
    return [*own, *[own[-1]] * (count - len(own))]


def judged(loaded: Loaded, images: Sequence[Image.Image], drawing: Drawing, *, setup: Setup) -> list[Drawn]:
    """The pictures that a pipeline gave, in RGB, with what the model's checker says of them."""
    pictures = [image.convert("RGB") for image in images]
    if drawing.init is not None and drawing.mask is not None:
        pictures = [kept_outside(picture, init=drawing.init, mask=drawing.mask) for picture in pictures]
    verdicts = checker_for(loaded, setup).judge(pictures)
    return [Drawn(image=image, verdict=verdict) for image, verdict in zip(pictures, verdicts, strict=True)]


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


def _progress(
    on_step: Callable[[float], None], on_latents: Callable[[torch.Tensor], None]
) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    def after_step(pipeline: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        # Some schedulers take more steps than were asked for.
        share = (index + 1) / max(pipeline.num_timesteps, index + 1)
        if "latents" not in tensors:
            on_step(share)
            return {}
        # Latents of an encoded picture may lie otherwise in memory, and kernels are chosen by that: the decoder would
        # round differently from one that is given the recorded latents.
        latents = tensors["latents"].contiguous()
        on_latents(latents)
        on_step(share)
        return {"latents": latents}

    return after_step


def _refuse_unknown(pipeline: Any, arguments: dict[str, Any]) -> None:  # noqa: ANN401 - diffusers has no types
    """Drop what a pipeline has no use for, but never silently what somebody asked for. Raises EngineError."""
    known = inspect.signature(pipeline.__call__).parameters
    if "prompt" not in known and "prompt_embeds" not in known:
        raise EngineError("not_drawable", "This model does not make pictures from text. Choose another model.")
    if "negative_prompt" in arguments and "negative_prompt" not in known:
        raise EngineError("not_drawable", "This model takes no negative prompt. Leave it empty and try again.")
    for name in set(arguments) - set(known):
        del arguments[name]
