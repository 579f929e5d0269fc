"""Muon for the weight matrices, AdamW for the rest.

Jordan et al. 2024; the update's size is matched to Adam's after Liu et al. 2025 (arXiv 2502.16982).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import torch
from torch import distributed

from generation.starter.parallel import processes, sum_over_processes

MOMENTUM: Final = 0.95
WEIGHT_DECAY: Final = 0.01
# First and last layers and embeddings are not hidden matrices; Muon is not meant for them.
ADAM_LAYERS: Final = ("conv_in", "conv_out", "quant", "embed", "time")


def orthogonalize(matrix: torch.Tensor) -> torch.Tensor:
    """The nearest (semi-)orthogonal matrix, roughly: five Newton-Schulz steps in bfloat16."""
    result = matrix.bfloat16()
    tall = result.shape[0] > result.shape[1]
    result = result.T if tall else result
    result = result / (result.norm() + 1e-7)
    for _ in range(5):
        gram = result @ result.T
        result = torch.addmm(result, torch.addmm(gram, gram, gram, beta=-4.7750, alpha=2.0315), result, beta=3.4445)
    return (result.T if tall else result).float()


def split_parameters(modules: Iterable[torch.nn.Module]) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
    """(matrices for Muon, everything else for AdamW)."""
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for module in modules:
        for name, parameter in module.named_parameters():
            wide = parameter.ndim >= 2 and min(parameter.shape[0], parameter[0].numel()) >= 16
            (matrices if wide and not any(layer in name for layer in ADAM_LAYERS) else others).append(parameter)
    return matrices, others


class MuonAdamW:
    """One optimiser for both groups. With several processes each orthogonalises its share of the matrices."""

    def __init__(self, modules: Iterable[torch.nn.Module], *, muon_rate: float, adam_rate: float) -> None:
        self.matrices, self.others = split_parameters(modules)
        self.muon_rate, self.adam_rate = muon_rate, adam_rate
        self.adam = torch.optim.AdamW(self.others, adam_rate, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)
        self.momenta = [torch.zeros_like(matrix) for matrix in self.matrices]
        self.owners = _share_out([_cost(matrix) for matrix in self.matrices], processes())

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """One update with both learning rates multiplied by `factor`; gradients must already be averaged."""
        norm = torch.nn.utils.get_total_norm([p.grad for p in self.others if p.grad is not None])
        if norm > 2:
            for parameter in self.others:
                if parameter.grad is not None:
                    parameter.grad.mul_(2 / norm)
        for group in self.adam.param_groups:
            group["lr"] = self.adam_rate * factor
        self.adam.step()
        rate, offset, updates = self.muon_rate * factor, 0, self._updates()
        for matrix in self.matrices:
            count = matrix.numel()
            update = updates[offset : offset + count].view(matrix.shape)
            matrix.mul_(1 - rate * WEIGHT_DECAY).add_(update, alpha=-rate)
            offset += count

    def _updates(self) -> torch.Tensor:
        rank = distributed.get_rank() if distributed.is_initialized() else 0
        parts = []
        for matrix, momentum, owner in zip(self.matrices, self.momenta, self.owners, strict=True):
            assert matrix.grad is not None
            momentum.lerp_(matrix.grad, 1 - MOMENTUM)
            if owner == rank:
                nesterov = matrix.grad.lerp(momentum, MOMENTUM).reshape(matrix.shape[0], -1)
                parts.append((orthogonalize(nesterov) * (0.2 * max(nesterov.shape) ** 0.5)).reshape(-1))
            else:
                parts.append(torch.zeros(matrix.numel()))
        return sum_over_processes(torch.cat(parts))

    def state_dict(self) -> dict[str, Any]:
        """What a later run needs to go on exactly here."""
        return {"adam": self.adam.state_dict(), "momenta": self.momenta}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up where `state_dict` left off."""
        self.adam.load_state_dict(state["adam"])
        for momentum, saved in zip(self.momenta, state["momenta"], strict=True):
            momentum.copy_(saved)


def _cost(matrix: torch.Tensor) -> float:
    return float(min(matrix.shape[0], matrix[0].numel()) * matrix.numel())


def _share_out(costs: list[float], workers: int) -> list[int]:
    load, owners = [0.0] * workers, [0] * len(costs)
    for index in sorted(range(len(costs)), key=lambda i: -costs[i]):
        owners[index] = load.index(min(load))
        load[owners[index]] += costs[index]
    return owners
