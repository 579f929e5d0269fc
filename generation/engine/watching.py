"""Watching a scheduler while a pipeline uses it: what each step is heading for, so that it can be shown."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

Tell = Callable[[torch.Tensor | None], object]


def watched(scheduler: Any, tell: Tell) -> Callable[..., Any]:  # noqa: ANN401 - diffusers has no types
    """The scheduler's `step`, which also tells what the latents are heading for; its answers stay the same."""
    step = scheduler.step

    @functools.wraps(step)
    def stepped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the schedulers' own
        answer = step(*args, **kwargs)
        tell(_target(scheduler, answer, *args, **kwargs))
        return answer

    return stepped


@contextmanager
def watching(scheduler: Any, tell: Tell) -> Iterator[None]:  # noqa: ANN401 - diffusers has no types
    """While the block runs, each of the scheduler's steps is told."""
    scheduler.step = watched(scheduler, tell)
    try:
        yield
    finally:
        # The method of its class is back.
        del scheduler.step


def _target(scheduler: Any, answer: Any, *args: Any, **kwargs: Any) -> torch.Tensor | None:  # noqa: ANN401
    """Most schedulers say which picture they are heading for; of flows it follows; the others say where they are."""
    is_flow = isinstance(scheduler, FlowMatchEulerDiscreteScheduler)
    if is_flow:
        given = inspect.signature(type(scheduler).step).bind(scheduler, *args, **kwargs).arguments
        # A flow leads from noise to the picture in a straight line: x = (1 - sigma) picture + sigma noise.
        sigma = scheduler.sigmas[scheduler.step_index - 1]
        target: torch.Tensor = given["sample"] - sigma * given["model_output"]
        return target
    return answer[-1] if isinstance(answer, tuple) else None
