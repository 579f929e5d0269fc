"""Calls of the denoising network, packed into one call of a fixed shape and taken apart again.

A call's first argument is the noisy latents, `(rows, channels, height, width)`; a picture has one row, or two when it
is guided. Every other tensor has as many rows, or none at all: the timestep.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Leaf = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True)
class Call:
    """What a pipeline asks of the network for one picture."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def rows(self) -> int:
        """How many rows of the network's batch this picture takes."""
        return int(self.args[0].shape[0])

    def shape(self) -> object:
        """Equal for calls that fit into one: same tensors but for their values, and everything else the same."""
        return self.rows, _shape((self.args, self.kwargs), rows=self.rows)


def pack(calls: Sequence[Call], *, slots: int) -> Call:
    """One call for all of these, which have one shape. Slots that nobody needs are filled with zeros.

    So the network always sees `slots * rows` rows, and what it computes for one picture can depend neither on who
    shares the batch nor on whether anybody does.
    """
    rows = calls[0].rows
    empty = (slots - len(calls)) * rows

    def joined(parts: Sequence[torch.Tensor]) -> torch.Tensor:
        # Of one layout in memory, whatever the parts have: kernels are chosen by it, and round differently.
        whole = [(part.expand(rows) if part.ndim == 0 else part).contiguous() for part in parts]
        return torch.cat([*whole, whole[0].new_zeros((empty, *whole[0].shape[1:]))])

    args, kwargs = _merged([(call.args, call.kwargs) for call in calls], joined)
    return Call(args, kwargs)


def unpack(answer: Sequence[torch.Tensor], calls: Sequence[Call]) -> list[tuple[torch.Tensor, ...]]:
    """Each call's own rows of the answer, in memory of their own, and in the order of their axes."""
    rows = calls[0].rows
    return [
        tuple(part[place * rows : (place + 1) * rows].clone(memory_format=torch.contiguous_format) for part in answer)
        for place in range(len(calls))
    ]


def _shape(value: Any, *, rows: int) -> object:  # noqa: ANN401 - whatever a pipeline passes
    if isinstance(value, torch.Tensor):
        if value.ndim and value.shape[0] != rows:
            # Of a kind that is not known here: alone is always right.
            return object()
        return value.dtype, tuple(value.shape)
    if isinstance(value, Mapping):
        return tuple((name, _shape(value[name], rows=rows)) for name in sorted(value))
    if isinstance(value, (tuple, list)):
        return tuple(_shape(part, rows=rows) for part in value)
    return value


def _merged(parts: Sequence[Any], joined: Leaf) -> Any:  # noqa: ANN401 - the shape of what a pipeline passes
    first = parts[0]
    if isinstance(first, torch.Tensor):
        return joined(parts)
    if isinstance(first, Mapping):
        return {name: _merged([part[name] for part in parts], joined) for name in first}
    if isinstance(first, (tuple, list)):
        return type(first)(_merged([part[place] for part in parts], joined) for place in range(len(first)))
    return first
