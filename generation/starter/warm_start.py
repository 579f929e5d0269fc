"""Weights to go on from: the parts of an exported model, in single precision."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel

State = dict[str, torch.Tensor]


def take_tokenizer(model: Path, folder: Path) -> None:
    """Copy the vocabulary of `model`: its weights know no other."""
    shutil.copytree(model / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)


def painter_weights(model: Path) -> dict[str, State]:
    """Weights of the UNet (`unet`) and the text encoder (`text`) of the pipeline folder `model`."""
    unet = UNet2DConditionModel.from_pretrained(model / "unet", torch_dtype=torch.float32)
    text = CLIPTextModel.from_pretrained(model / "text_encoder", dtype=torch.float32)
    return {"unet": unet.state_dict(), "text": text.state_dict()}


def decoder_weights(model: Path) -> State:
    """Weights of the autoencoder's decoder side of the pipeline folder `model`, named as in the whole autoencoder."""
    weights: State = AutoencoderTiny.from_pretrained(model / "vae", torch_dtype=torch.float32).state_dict()
    return {name: tensor for name, tensor in weights.items() if name.startswith("decoder")}
