"""The fixed latent space: one level of the Haar transform of a 32-pixel picture, 16 by 16 cells of 12 numbers.

Nothing has to be learnt to reach it, and each channel means something: channels 0-2 are a cell's mean colour,
3-5 its left-to-right, 6-8 its top-to-bottom and 9-11 its diagonal difference. A decoder, trained apart, sharpens
it to 256 pixels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import torch

CELLS: Final = 16
CHANNELS: Final = 12
PICTURE: Final = 256
MEAN_GAIN: Final = 1.3
# Edges are small numbers; doubled, they rise out of the noise earlier, but still after colour and layout.
EDGE_GAIN: Final = 2.0


def to_latents(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures (n, 3, s, s) in -1..1, s a multiple of 32, as latents (n, 12, 16, 16)."""
    side = pictures.shape[-1] // (2 * CELLS)
    small = torch.nn.functional.avg_pool2d(pictures, side) if side > 1 else pictures
    a, b, c, d = small[..., ::2, ::2], small[..., ::2, 1::2], small[..., 1::2, ::2], small[..., 1::2, 1::2]
    mean = (a + b + c + d) * (MEAN_GAIN / 4)
    edges = [(b + d - a - c), (c + d - a - b), (a + d - b - c)]
    return torch.cat([mean, *(edge * (EDGE_GAIN / 4) for edge in edges)], 1)


def to_small_pictures(latents: torch.Tensor) -> torch.Tensor:
    """The exact inverse of `to_latents` at 32 pixels: (n, 12, 16, 16) to (n, 3, 32, 32)."""
    mean, across, down, diagonal = latents.chunk(4, 1)
    mean, across, down, diagonal = mean / MEAN_GAIN, across / EDGE_GAIN, down / EDGE_GAIN, diagonal / EDGE_GAIN
    quarters = [
        mean - across - down + diagonal,
        mean + across - down - diagonal,
        mean - across + down - diagonal,
        mean + across + down + diagonal,
    ]
    stacked = torch.stack(quarters, 2).flatten(1, 2)
    return torch.nn.functional.pixel_shuffle(stacked, 2)


def as_tensor(pictures: npt.NDArray[np.uint8]) -> torch.Tensor:
    """uint8 pictures (n, s, s, 3) as a float tensor (n, 3, s, s) in -1..1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()
