"""The tiny Stable Diffusion in one file, in the layout of the model's makers, which diffusers reads as such."""

import re
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET = {
    "conv_in": "input_blocks.0.0",
    "down_blocks.0.resnets.0": "input_blocks.1.0",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op",
    "down_blocks.1.resnets.0": "input_blocks.3.0",
    "down_blocks.1.attentions.0": "input_blocks.3.1",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
    "up_blocks.0.resnets.0": "output_blocks.0.0",
    "up_blocks.0.attentions.0": "output_blocks.0.1",
    "up_blocks.0.resnets.1": "output_blocks.1.0",
    "up_blocks.0.attentions.1": "output_blocks.1.1",
    "up_blocks.0.upsamplers.0": "output_blocks.1.2",
    "up_blocks.1.resnets.0": "output_blocks.2.0",
    "up_blocks.1.resnets.1": "output_blocks.3.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
}
VAE: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"mid_block\.resnets\.0", "mid.block_1"),
    (r"mid_block\.resnets\.1", "mid.block_2"),
    (r"mid_block\.attentions\.0\.group_norm", "mid.attn_1.norm"),
    (r"mid_block\.attentions\.0\.to_q", "mid.attn_1.q"),
    (r"mid_block\.attentions\.0\.to_k", "mid.attn_1.k"),
    (r"mid_block\.attentions\.0\.to_v", "mid.attn_1.v"),
    (r"mid_block\.attentions\.0\.to_out\.0", "mid.attn_1.proj_out"),
    (r"down_blocks\.(\d)\.resnets", r"down.\1.block"),
    (r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample"),
    (r"up_blocks\.(\d)\.resnets", lambda match: f"up.{3 - int(match[1])}.block"),
    (r"up_blocks\.(\d)\.upsamplers\.0", lambda match: f"up.{3 - int(match[1])}.upsample"),
    (r"conv_norm_out", "norm_out"),
    (r"conv_shortcut", "nin_shortcut"),
]


def save_single_file(folder: Path, file: Path) -> Path:
    """Write the weights of the tiny pipeline's folder into one file."""
    unet = load_file(folder / "unet/diffusion_pytorch_model.safetensors")
    vae = load_file(folder / "vae/diffusion_pytorch_model.safetensors")
    text = load_file(folder / "text_encoder/model.safetensors")
    weights = {
        **{f"model.diffusion_model.{_unet_name(name)}": value for name, value in unet.items()},
        **{f"first_stage_model.{_vae_name(name)}": _as_conv(name, value) for name, value in vae.items()},
        **{f"cond_stage_model.transformer.{_text_name(name)}": value for name, value in text.items()},
    }
    save_file({name: value.contiguous() for name, value in weights.items()}, file)
    return file


def _unet_name(name: str) -> str:
    block = max((known for known in UNET if name.startswith(known + ".")), key=len)
    rest = name.removeprefix(block + ".")
    if ".resnets." in block or block.startswith("mid_block.resnets"):
        part, _, leaf = rest.partition(".")
        rest = f"{RESNET[part]}.{leaf}"
    return f"{UNET[block]}.{rest}"


def _vae_name(name: str) -> str:
    for pattern, new in VAE:
        name = re.sub(pattern, new, name)
    return name


def _as_conv(name: str, value: torch.Tensor) -> torch.Tensor:
    """The original attends with convolutions of one cell."""
    is_linear = "attentions" in name and name.endswith("weight") and "group_norm" not in name
    return value[:, :, None, None] if is_linear else value


def _text_name(name: str) -> str:
    return name if name.startswith("text_model.") else f"text_model.{name}"
