"""Weights to go on from: the parts of an exported model, and room for more layers between them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel

State = dict[str, torch.Tensor]
LAYER: Final = re.compile(r"((?:down|up)_blocks\.\d+\.(?:resnets|attentions))\.(\d+)\.(.+)")


def take_tokenizer(model: Path, folder: Path) -> None:
    """Copy the vocabulary of `model`: its weights know no other."""
    shutil.copytree(model / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)


def painter_weights(model: Path) -> dict[str, State]:
    """Weights of the UNet (`unet`) and the text encoder (`text`) of the pipeline folder `model`."""
    unet = UNet2DConditionModel.from_pretrained(model / "unet", torch_dtype=torch.float32)
    text = CLIPTextModel.from_pretrained(model / "text_encoder", dtype=torch.float32)
    return {"unet": unet.state_dict(), "text": text.state_dict()}


def start_decoder(autoencoder: AutoencoderTiny, model: Path) -> None:
    """Give the decoder of `autoencoder` the weights of the one in the pipeline folder `model`.

    Where it has more blocks to a level, those that are new come last and pass on what they are given.
    """
    shipped = AutoencoderTiny.from_pretrained(model / "vae", torch_dtype=torch.float32)
    places = _block_places(shipped.config["num_decoder_blocks"], autoencoder.config["num_decoder_blocks"])
    for place, layer in zip(places, shipped.decoder.layers, strict=True):
        autoencoder.decoder.layers[place].load_state_dict(layer.state_dict())
    for place, layer in enumerate(autoencoder.decoder.layers):
        if place not in places:
            assert isinstance(layer, AutoencoderTinyBlock)
            branch = layer.conv[-1]
            assert isinstance(branch, torch.nn.Conv2d)
            assert branch.bias is not None
            torch.nn.init.zeros_(branch.weight)
            torch.nn.init.zeros_(branch.bias)


def _block_places(before: Sequence[int], now: Sequence[int]) -> list[int]:
    """Where each layer of a decoder with `before` blocks to a level stands in one with `now`."""
    places, next_place = [0, 1], 2
    for level, (fewer, more) in enumerate(zip(before, now, strict=True)):
        # What is not a block: enlarging and a convolution, or at the end a convolution alone.
        rest = 2 if level < len(now) - 1 else 1
        places += [next_place + block for block in range(fewer)]
        places += [next_place + more + other for other in range(rest)]
        next_place += more + rest
    return places


def deepened(weights: State, unet: UNet2DConditionModel) -> State:
    """Weights for `unet` from those of one with fewer layers to a level: it then gives the same output.

    The first layers of a level stay first. The last of an upward level stays last, where its skip connection ends;
    layers that are new pass on what they are given.
    """
    state = unet.state_dict()
    before, now = _last_layers(weights), _last_layers(state)
    taken = set()
    for name, tensor in weights.items():
        place = name
        if (match := LAYER.fullmatch(name)) and name.startswith("up") and int(match[2]) == before[match[1]]:
            place = f"{match[1]}.{now[match[1]]}.{match[3]}"
        state[place] = tensor
        taken.add(place)
    for name in state.keys() - taken:
        state[name] = _passing_on(name, state[name])
    return state


def _last_layers(weights: State) -> dict[str, int]:
    last: dict[str, int] = {}
    for match in filter(None, map(LAYER.fullmatch, weights)):
        last[match[1]] = max(last.get(match[1], 0), int(match[2]))
    return last


def _passing_on(name: str, tensor: torch.Tensor) -> torch.Tensor:
    if re.search(r"\.(conv2|proj_out)\.", name) or name.endswith("conv_shortcut.bias"):
        return torch.zeros_like(tensor)
    if name.endswith("conv_shortcut.weight"):
        # The hidden channels come first, those of the skip connection after them.
        return torch.eye(*tensor.shape[:2])[..., None, None]
    return tensor
