"""Watching a scheduler while a pipeline uses it: what each step is heading for, so that it can be shown."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

Tell = Callable[[torch.Tensor | None], object]


def watched(scheduler: Any, tell: Tell) -> Callable[..., Any]:  # noqa: ANN401 - diffusers has no types
    """The scheduler's `step`, which also tells what the latents are heading for; its answers stay the same.

    It is given latents that lie in memory in the order of their axes, as recorded ones do. Those of an encoded
    picture may not; what is made of them would not either, and the decoder rounds differently then.
    """
    step = scheduler.step

    @functools.wraps(step)
    def stepped(predicted: torch.Tensor, time: Any, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        sample = sample.contiguous()
        answer = step(predicted, time, sample, *args, **kwargs)
        tell(_target(scheduler, answer, predicted=predicted, sample=sample))
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


def _target(
    scheduler: Any,  # noqa: ANN401 - diffusers has no types
    answer: Any,  # noqa: ANN401 - a tuple, or what diffusers makes of it
    *,
    predicted: torch.Tensor,
    sample: torch.Tensor,
) -> torch.Tensor | None:
    """Most schedulers say which picture they are heading for; of flows it follows; the others say where they are."""
    is_flow = isinstance(scheduler, FlowMatchEulerDiscreteScheduler)
    if is_flow:
        # A flow leads from noise to the picture in a straight line: x = (1 - sigma) picture + sigma noise.
        target: torch.Tensor = sample - scheduler.sigmas[scheduler.step_index - 1] * predicted
        return target
    return answer[-1] if isinstance(answer, tuple) else None
