"""Processes of one thread each, joined by gloo: on a busy machine they stall less than one of many threads."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn


def launch(worker: Callable[..., None], workers: int, *arguments: Any) -> None:  # noqa: ANN401 - handed through as they are
    """Run `worker(rank, *arguments)` in `workers` processes and wait for all of them."""
    if workers == 1:
        torch.set_num_threads(1)
        worker(0, *arguments)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spawn(_enter, (worker, workers, port, arguments), nprocs=workers)  # type: ignore[no-untyped-call]


def _enter(rank: int, worker: Callable[..., None], workers: int, port: int, arguments: tuple[Any, ...]) -> None:
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=workers)
    worker(rank, *arguments)
    distributed.destroy_process_group()


def processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def sum_over_processes(tensor: torch.Tensor) -> torch.Tensor:
    """`tensor` summed over all processes, in place."""
    if processes() > 1:
        distributed.all_reduce(tensor)
    return tensor


def from_first(value: float) -> float:
    """The first process's `value`, so that all of them stop and decay together."""
    if processes() == 1:
        return value
    tensor = torch.tensor([value], dtype=torch.float64)
    distributed.broadcast(tensor, 0)
    return float(tensor.item())


@torch.no_grad()
def average_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes."""
    together = list(parameters)
    for parameter in together:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    if processes() == 1:
        return
    flat = torch.cat([parameter.grad.reshape(-1) for parameter in together if parameter.grad is not None])
    distributed.all_reduce(flat)
    flat.div_(processes())
    offset = 0
    for parameter in together:
        count = parameter.numel()
        assert parameter.grad is not None
        parameter.grad.copy_(flat[offset : offset + count].view(parameter.shape))
        offset += count
