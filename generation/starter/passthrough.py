"""A start for the decoder in which the colours already arrive: training then only has to sharpen them.

AutoencoderKL normalises in groups, which forgets how bright a picture is. Eight channels, one whole group of the
last normalisation, get around it: R, -R, G, -G, B, -B and two constants K, -K. Their mean is always 0 and their
spread is all but fixed by K, so normalising only scales; and since silu(x) - silu(-x) = x, the last layer can read
the colours back exactly.
"""

from __future__ import annotations

from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from generation.starter.latents import MEAN_GAIN

CARRIERS: Final = 8
CONSTANT: Final = 6.0
BRANCH_GAIN: Final = 0.1


@torch.no_grad()
def pass_colours_through(autoencoder: AutoencoderKL) -> None:
    """Set the first eight channels of every decoder layer to carry the cell's mean colour."""
    entry = autoencoder.post_quant_conv
    assert entry is not None
    assert entry.bias is not None
    torch.nn.init.dirac_(entry.weight)
    torch.nn.init.zeros_(entry.bias)
    decoder = autoencoder.decoder
    _load_carriers(decoder.conv_in)
    for name, module in decoder.named_modules():
        if name.endswith((".conv2", ".to_out.0")):
            module.weight.mul_(BRANCH_GAIN)
            module.bias.zero_()
        elif name.endswith((".conv_shortcut", ".upsamplers.0.conv")):
            _keep_carriers(module)
    _read_carriers(decoder.conv_out)


def _load_carriers(layer: torch.nn.Conv2d) -> None:
    layer.weight[:CARRIERS] = 0
    assert layer.bias is not None
    layer.bias[:CARRIERS] = 0
    for colour in range(3):
        for offset, sign in ((0, 1.0), (1, -1.0)):
            layer.weight[2 * colour + offset, colour, 1, 1] = sign / MEAN_GAIN
    layer.bias[6], layer.bias[7] = CONSTANT, -CONSTANT


def _keep_carriers(layer: torch.nn.Conv2d) -> None:
    assert layer.bias is not None
    middle = layer.kernel_size[0] // 2
    layer.weight[:CARRIERS] = 0
    layer.bias[:CARRIERS] = 0
    for channel in range(CARRIERS):
        layer.weight[channel, channel, middle, middle] = 1


def _read_carriers(layer: torch.nn.Conv2d) -> None:
    assert layer.bias is not None
    layer.weight.mul_(BRANCH_GAIN)
    layer.bias.zero_()
    layer.weight[:, :CARRIERS] = 0
    # What a spread of colours around 0 leaves of the group's standard deviation, mostly K's doing.
    spread = ((2 * CONSTANT**2 + 6 * 0.4) / CARRIERS) ** 0.5
    for colour in range(3):
        layer.weight[colour, 2 * colour, 1, 1] = spread
        layer.weight[colour, 2 * colour + 1, 1, 1] = -spread
