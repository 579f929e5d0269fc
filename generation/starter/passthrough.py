"""An encoder that needs no training, and a start for the decoder in which the picture already arrives.

The latents are linear in the picture, so that an encoder of plain convolutions computes them exactly. The decoder's
rectifiers let only positive numbers pass: here every colour travels as a pair, itself and its opposite, and the next
convolution takes the difference. Untrained it shows the picture of 32 pixels, softly enlarged; training sharpens.
"""

from __future__ import annotations

from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from torch import nn

from generation.starter.drawing.scenes import sample_scene
from generation.starter.latents import CELLS, CHANNELS, EDGE_GAIN, MEAN_GAIN, to_latents, to_small_pictures
from generation.starter.samples import draw

BRANCH_GAIN: Final = 0.1
EXIT_GAIN: Final = 0.02
# Row and column of the taps of the first enlarging convolution: the middle and its four neighbours.
TAPS: Final = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
UNFOLDED: Final = 3 * len(TAPS)
FITTED: Final = 48
# Latents are a little noisy; the fit should not trust them to the last digit.
RIDGE: Final = 1e-4


@torch.no_grad()
def compute_latents(autoencoder: AutoencoderTiny) -> None:
    """Set the encoder to `latents.to_latents`: average to 32 pixels, then one Haar transform."""
    layers = [layer for layer in autoencoder.encoder.layers if isinstance(layer, nn.Conv2d)]
    for layer in layers:
        layer.weight.zero_()
        if layer.bias is not None:
            layer.bias.zero_()
    first, *halvings, last = layers
    assert first.bias is not None
    # The encoder's forward pass turns -1..1 into 0..1; this turns it back.
    first.bias[:3] = -1
    for colour in range(3):
        first.weight[colour, colour, 1, 1] = 2
        for layer in halvings[:-1]:
            layer.weight[colour, colour, 1:, 1:] = 1 / 4
    signs = ((1, 1, 1, 1), (-1, 1, -1, 1), (-1, -1, 1, 1), (1, -1, -1, 1))
    for latent in range(CHANNELS):
        kind, colour = divmod(latent, 3)
        taps = torch.tensor(signs[kind]).view(2, 2) / 4
        halvings[-1].weight[latent, colour, 1:, 1:] = taps * (EDGE_GAIN if kind else MEAN_GAIN)
        last.weight[latent, latent, 1, 1] = 1


@torch.no_grad()
def pass_colours_through(autoencoder: AutoencoderTiny) -> None:
    """Set the decoder to show the picture of 32 pixels, enlarged; residual branches start small and beside it."""
    layers = autoencoder.decoder.layers
    level = 0
    for layer in layers:
        level += isinstance(layer, nn.Upsample)
        if isinstance(layer, AutoencoderTinyBlock):
            branch = layer.conv[-1]
            assert isinstance(branch, nn.Conv2d)
            assert branch.bias is not None
            branch.weight.mul_(BRANCH_GAIN)
            branch.weight[: 6 if level else 2 * UNFOLDED] = 0
            branch.bias.zero_()
    entry, unfolding, *enlarging, last = (layer for layer in layers if isinstance(layer, nn.Conv2d))
    _unfold(entry, unfolding)
    for convolution in enlarging:
        convolution.weight[:6] = 0
        for colour in range(3):
            _take(convolution, colour, colour, 3 + colour)
    assert last.bias is not None
    last.weight.mul_(EXIT_GAIN)
    last.weight[:, :6] = 0
    last.bias.fill_(0.5)
    # Nothing rectifies the pair between the last two convolutions: either half is the whole colour.
    for colour in range(3):
        last.weight[colour, colour, 1, 1] = 0.5


def _take(layer: nn.Conv2d, colour: int, plus: int, minus: int, row: int = 1, column: int = 1) -> None:
    """Let `layer` put out the difference of two channels, and its opposite, as the pair of `colour`."""
    layer.weight[colour, plus, row, column] = layer.weight[3 + colour, minus, row, column] = 1
    layer.weight[colour, minus, row, column] = layer.weight[3 + colour, plus, row, column] = -1


def _unfold(entry: nn.Conv2d, enlarging: nn.Conv2d) -> None:
    """From latents to the picture of 32 pixels, as well as enlarging between two convolutions can do it."""
    assert entry.bias is not None
    kernels = unfolding_kernels()
    entry.weight[: 2 * UNFOLDED], entry.bias[: 2 * UNFOLDED] = 0, 0
    enlarging.weight[:6] = 0
    for number, (row, column) in enumerate(TAPS):
        for colour in range(3):
            plus = 3 * number + colour
            entry.weight[plus, colour::3] = kernels[number]
            entry.weight[UNFOLDED + plus, colour::3] = -kernels[number]
            _take(enlarging, colour, plus, UNFOLDED + plus, row, column)


def unfolding_kernels() -> torch.Tensor:
    """For each tap of the second convolution a kernel (4, 3, 3) of the first: least squares over drawings."""
    latents = to_latents(draw([sample_scene(seed) for seed in range(FITTED)], 64))
    wanted = to_small_pictures(latents).flatten()
    channels = latents.view(-1, 4, 3, CELLS, CELLS).transpose(1, 2).flatten(0, 1)
    around = nn.functional.unfold(3 * torch.tanh(channels / 3), 3, padding=1).view(-1, 36, CELLS, CELLS)
    doubled = nn.functional.interpolate(around, scale_factor=2, mode="bilinear")
    tapped = nn.functional.unfold(doubled, 3, padding=1).view(-1, 36, 9, 4 * CELLS**2)
    known = tapped[:, :, [3 * row + column for row, column in TAPS]].flatten(1, 2).transpose(1, 2).flatten(0, 1)
    penalty = RIDGE * len(known) * torch.eye(known.shape[1])
    fitted: torch.Tensor = torch.linalg.solve(known.T @ known + penalty, known.T @ wanted)
    return fitted.view(4, 3, 3, len(TAPS)).permute(3, 0, 1, 2)
