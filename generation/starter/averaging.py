"""A running mean of the weights: what is shipped, since it is steadier than any single step."""

from __future__ import annotations

from collections.abc import Mapping

import torch

State = dict[str, dict[str, torch.Tensor]]


class Average:
    """Exponential moving average of several modules' parameters, by module name."""

    def __init__(self, modules: Mapping[str, torch.nn.Module], slowest: float) -> None:
        self.slowest = slowest
        self.live = {name: dict(module.named_parameters()) for name, module in modules.items()}
        self.mean: State = {
            name: {key: p.detach().clone() for key, p in live.items()} for name, live in self.live.items()
        }

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the present weights; early on the mean is short, so that it forgets the start."""
        share = 1 - min(self.slowest, (1 + step) / (10 + step))
        for name, live in self.live.items():
            torch._foreach_lerp_(list(self.mean[name].values()), list(live.values()), share)

    def state_dict(self) -> State:
        """The mean weights; loads into the modules with `strict=False` (buffers are not averaged)."""
        return self.mean

    def load_state_dict(self, state: State) -> None:
        """Take up a saved mean."""
        for name, tensors in state.items():
            for key, tensor in tensors.items():
                self.mean[name][key].copy_(tensor)
