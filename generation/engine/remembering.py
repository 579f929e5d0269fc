"""Words are encoded once: what a text encoder answered is remembered for when it is asked the same again.

The pictures of a job mostly have the same words, and nearly all jobs the same empty negative prompt. An answer
depends on nothing but the question, its shape included: a remembered one is what would be computed again (law 9).
"""

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import torch

MOST = 16
"""answers kept of each encoder; of the largest ones in use (T5-XXL) one takes 4 MB"""


class Remembering:
    """Stands in the place of a text encoder's `forward`."""

    def __init__(self, forward: Callable[..., Any]) -> None:
        self._forward = forward
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        functools.update_wrapper(self, forward)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the encoder takes and gives
        """The answer, which the caller may change: it is a copy."""
        question = _question((args, kwargs))
        if question not in self._answers:
            self._answers[question] = self._forward(*args, **kwargs)
            if len(self._answers) > MOST:
                self._answers.popitem(last=False)
        self._answers.move_to_end(question)
        return _copied(self._answers[question])

    def forget(self) -> None:
        """Ask anew: the weights are others."""
        self._answers.clear()


def remember_words(pipeline: Any) -> None:  # noqa: ANN401 - diffusers has no types
    """Have each text encoder of the pipeline asked the same thing once."""
    for encoder in _encoders(pipeline):
        encoder.forward = Remembering(encoder.forward)


def forget_words(pipeline: Any) -> None:  # noqa: ANN401 - diffusers has no types
    """Forget all answers; to be called when the weights change."""
    for encoder in _encoders(pipeline):
        if isinstance(encoder.forward, Remembering):
            encoder.forward.forget()


def _encoders(pipeline: Any) -> Iterator[Any]:  # noqa: ANN401 - diffusers has no types
    for name, part in pipeline.components.items():
        if name.startswith("text_encoder") and isinstance(part, torch.nn.Module):
            yield part


def _question(value: Any) -> Hashable:  # noqa: ANN401 - an argument
    """Equal for equal arguments, and for no others."""
    if isinstance(value, torch.Tensor):
        data = value.detach().contiguous().cpu().reshape(-1).view(torch.uint8)
        return value.dtype, tuple(value.shape), str(value.device), data.numpy().tobytes()
    if isinstance(value, Mapping):
        return tuple((name, _question(value[name])) for name in sorted(value))
    if isinstance(value, tuple | list):
        return tuple(map(_question, value))
    # A type tells 1 from True; what cannot be compared by its value is equal to itself only.
    return type(value), value if isinstance(value, Hashable) else object()


def _copied(answer: Any) -> Any:  # noqa: ANN401 - what the encoder gave
    if isinstance(answer, torch.Tensor):
        return answer.clone()
    if isinstance(answer, Mapping):
        # transformers' outputs are dataclasses that are mappings, too.
        return type(answer)(**{name: _copied(part) for name, part in answer.items()})
    if isinstance(answer, tuple):
        return tuple(map(_copied, answer))
    return answer
