"""Running one step of a picture again, and nothing else of it but what the step needs.

The pipeline's own call is made, with a scheduler of its own. In the place of its network stands a stand-in that
answers nothing until the step is reached; then the latents are put in from which the step leads on. Schedulers draw
their noise as ever, so those with noise in each step come out right, too; those that remember earlier answers of the
network do not, and are refused.
"""

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from generation.engine.adapters import put_on
from generation.engine.batch import can_share
from generation.engine.calls import Call, pack, unpack
from generation.engine.errors import EngineError
from generation.engine.loading import Loaded
from generation.engine.modes import pipeline_for
from generation.engine.recording import Recorder, latents_like
from generation.engine.rendering import Drawing, arguments_for, engine_error_of, judged
from generation.engine.setup import Setup

WITHOUT_MEMORY = frozenset(
    {
        "DDIMScheduler",
        "DDPMScheduler",
        "EulerAncestralDiscreteScheduler",
        "EulerDiscreteScheduler",
        "FlowMatchEulerDiscreteScheduler",
        "LCMScheduler",
    }
)
"""schedulers whose step depends on the latents before it and on noise alone; tests run a step of each again"""


@dataclass(frozen=True, kw_only=True)
class Retraced:
    """What came out: the latents after the step (fp32, little-endian), or after the last transition the picture.

    `steps`: how many the pipeline takes. When there is no such transition, neither latents nor picture are there.
    """

    steps: int
    latents: bytes | None = None
    before: bytes | None = None
    """the latents that the step led on from"""
    image: Image.Image | None = None


def can_retrace(loaded: Loaded) -> bool:
    """Whether single steps of this pipeline can be run again."""
    return type(loaded.pipeline.scheduler).__name__ in WITHOUT_MEMORY


@torch.no_grad()
def retrace(
    loaded: Loaded, drawing: Drawing, *, setup: Setup, transition: int, start: bytes | None, leaves: int
) -> Retraced:
    """Run one transition of a picture (a drawing with one seed) again.

    `transition` 0 leads from the recipe to the latents after the first step; the n-th from `start`, the latents after
    n steps, to those after the next, and after all `leaves` steps to the picture. Raises EngineError.
    """
    put_on(loaded, drawing.adapters)
    run = _Run(loaded, drawing, setup=setup, transition=transition, start=start, leaves=leaves)
    try:
        image = run.go()
    except _ArrivedError:
        return Retraced(steps=run.steps, latents=run.latents, before=run.before)
    except (MemoryError, RuntimeError, ValueError) as error:
        raise engine_error_of(error) from error
    return Retraced(steps=run.steps, image=image)


class _ArrivedError(Exception):
    """The step has been run; the rest of the pipeline's call is not wanted."""


class _Run:
    """One call of the pipeline, most of which is passed over."""

    def __init__(
        self,
        loaded: Loaded,
        drawing: Drawing,
        *,
        setup: Setup,
        transition: int,
        start: bytes | None,
        leaves: int,
    ) -> None:
        self._loaded, self._drawing, self._setup = loaded, drawing, setup
        self._transition, self._start, self._leaves = transition, start, leaves
        self.steps = 0
        self.done = 0
        """steps that the pipeline's loop has behind it"""
        self.latents: bytes | None = None
        self.before: bytes | None = None

    def go(self) -> Image.Image:
        """The picture, where the last transition is asked for. Raises _ArrivedError at the end of any other."""
        pipeline = self._seat(pipeline_for(self._loaded, self._drawing.mode))
        shares = can_share(self._loaded)
        seeds = list(self._drawing.seeds) * (1 if shares else self._setup.slots)
        arguments = arguments_for(
            pipeline, self._drawing, seeds=seeds, setup=self._setup, on_step=lambda _share: None
        )
        arguments["callback_on_step_end"] = self._after_step
        images = pipeline(**arguments).images[:1]
        return judged(self._loaded, images, self._drawing, setup=self._setup)[0].image

    def _seat(self, pipeline: Any) -> Any:  # noqa: ANN401 - diffusers has no types
        seat = copy.copy(pipeline)
        name = "unet" if getattr(pipeline, "unet", None) is not None else "transformer"
        network = getattr(pipeline, name, None)
        if network is None:
            raise EngineError("not_retraceable", "Single steps of this kind of model cannot be run again.")
        ask = self._ask_padded if can_share(self._loaded) else network
        stand_in = _StandIn(network, ask=ask, is_wanted=lambda: self.done == self._transition)
        # Past diffusers' own __setattr__, which would look the stand-in up in its list of classes.
        vars(seat).update({name: stand_in, "scheduler": self._watched(copy.deepcopy(pipeline.scheduler))})
        return seat

    def _watched(self, scheduler: Any) -> Any:  # noqa: ANN401 - diffusers has no types
        """The scheduler, of which it is seen from which latents the wanted step leads on."""
        step = scheduler.step

        @functools.wraps(step)
        def watched(answer: Any, time: Any, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if self.done == self._transition:
                self.before = _row(sample)
            return step(answer, time, sample, *args, **kwargs)

        scheduler.step = watched
        return scheduler

    def _ask_padded(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the network's own
        """As in a batch in which nobody else is."""
        call = Call(args, kwargs)
        packed = pack([call], slots=self._setup.slots)
        return unpack(self._loaded.pipeline.unet(*packed.args, **packed.kwargs), [call])[0]

    def _after_step(self, pipeline: Any, _index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        self.steps = int(pipeline.num_timesteps)
        self.done += 1
        if self.done > self._transition or self.steps != self._leaves:
            self.latents = _row(tensors["latents"]) if self.steps == self._leaves else None
            raise _ArrivedError
        if self.done == self._transition:
            assert self._start is not None
            latents = latents_like(self._start, tensors["latents"])
            # Latent consistency models decode what they call denoised, after the last step the same.
            return {"latents": latents, "denoised": latents}
        return {}


def _row(latents: torch.Tensor) -> bytes:
    recorder = Recorder()
    recorder.note(latents)
    return recorder.row(0)[0]


class _StandIn:
    """In the place of the network: asks it for the one step that is wanted, and answers nothing for the others."""

    def __init__(self, network: torch.nn.Module, *, ask: Callable[..., Any], is_wanted: Callable[[], bool]) -> None:
        self._network, self._ask, self._is_wanted = network, ask, is_wanted

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the network has
        return getattr(self._network, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - what the network takes and gives
        if self._is_wanted():
            return self._ask(*args, **kwargs)
        sample = args[0] if args else kwargs["hidden_states"]
        channels = getattr(self._network.config, "out_channels", None)
        if sample.ndim == 4 and channels:
            return (sample.new_zeros((sample.shape[0], channels, *sample.shape[2:])),)
        return (torch.zeros_like(sample),)
