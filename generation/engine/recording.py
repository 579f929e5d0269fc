"""Keeping what the latents were after each denoising step, so that their Merkle root can be committed to."""

import torch


class Recorder:
    """The latents of one call of a pipeline: a row for each picture, as fp32 on the CPU."""

    def __init__(self) -> None:
        self._steps: list[torch.Tensor] = []

    def note(self, latents: torch.Tensor) -> None:
        """What there is after one more step: `(rows, …)`, in the pipeline's own dtype, which fp32 holds exactly."""
        # A copy: some schedulers write into what they gave.
        self._steps.append(latents.detach().to("cpu", torch.float32, copy=True))

    def row(self, place: int) -> tuple[bytes, ...]:
        """One picture's latents after each step: fp32, little-endian, in the order of their axes."""
        return tuple(step[place].contiguous().numpy().tobytes() for step in self._steps)


def latents_like(data: bytes, like: torch.Tensor) -> torch.Tensor:
    """The inverse of a row, in the shape, dtype and place of `like`: `(rows, …)`, all rows the same.

    Raises ValueError when it is of another size.
    """
    row = torch.frombuffer(bytearray(data), dtype=torch.float32)
    if row.numel() != like[0].numel():
        raise ValueError(f"latents of {row.numel()} numbers do not fit {tuple(like.shape[1:])}")
    return row.reshape(like.shape[1:]).expand(like.shape).to(like.device, like.dtype, copy=True)
