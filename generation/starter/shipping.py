"""Puts the trained parts together as a plain `StableDiffusionPipeline` folder that anybody's diffusers can load."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from transformers import CLIPTokenizer

from generation.starter.checkpoints import load
from generation.starter.latents import PICTURE
from generation.starter.networks import build_autoencoder, build_scheduler, build_text_encoder, build_unet
from generation.starter.sampling import DEFAULT_GUIDANCE, DEFAULT_STEPS, Painter

MODEL: Final = Path(__file__).parent / "model"
LICENCE: Final = "CC0-1.0"
LARGEST: Final = 30_000_000


def trained_painter(folder: Path) -> Painter:
    """UNet and text encoder with the averaged weights of the run in `folder`."""
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    unet, text = build_unet(), build_text_encoder(tokenizer)
    average = load(folder / "unet.pt")["average"]
    unet.load_state_dict(average["unet"], strict=False)
    text.load_state_dict(average["text"], strict=False)
    return Painter(tokenizer, text.train(mode=False), unet.train(mode=False))


def trained_autoencoder(folder: Path) -> AutoencoderTiny:
    """The autoencoder with the averaged weights of its decoder."""
    autoencoder = build_autoencoder()
    autoencoder.load_state_dict(load(folder / "decoder.pt")["average"]["autoencoder"], strict=False)
    return autoencoder.train(mode=False)


def assemble(folder: Path) -> StableDiffusionPipeline:
    """The whole pipeline, float32, from the checkpoints in `folder`."""
    painter = trained_painter(folder)
    return StableDiffusionPipeline(
        vae=trained_autoencoder(folder),  # type: ignore[arg-type] # annotated with the usual class only
        text_encoder=painter.text,
        tokenizer=painter.tokenizer,
        unet=painter.unet,
        scheduler=build_scheduler(),  # type: ignore[arg-type] # annotated with an enumeration of names
        safety_checker=None,  # type: ignore[arg-type] # None is its documented "off"
        feature_extractor=None,  # type: ignore[arg-type]
        requires_safety_checker=False,
    )


def export(folder: Path, target: Path = MODEL) -> int:
    """Write the pipeline in half precision to `target`; gives the folder's size in bytes."""
    pipeline = assemble(folder)
    pipeline.to(dtype=torch.float16)
    pipeline.save_pretrained(target, safe_serialization=True)
    _declare_single_precision(target / "text_encoder" / "config.json")
    defaults = {
        "name": "Colophon starter",
        "default_steps": DEFAULT_STEPS,
        "default_guidance_scale": DEFAULT_GUIDANCE,
        "default_size": PICTURE,
        # It knows one size only: with the words, it would draw what they name again, at half the size.
        "upscale_strength": 0.01,
        "upscale_guidance_scale": 1.0,
        "upscale_prompt": "a picture, enlarged",
        "default_scheduler": "DDIMScheduler",
        "licence": LICENCE,
    }
    (target / "colophon.json").write_text(json.dumps(defaults, indent=2) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > LARGEST:
        raise ValueError(f"the model folder holds {size} bytes, more than the {LARGEST} it may")
    return size


def _declare_single_precision(config: Path) -> None:
    """transformers 5 loads in the dtype the config names, diffusers in float32 unless told: they have to match."""
    values = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(values | {"dtype": "float32"}, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def weight_hashes(target: Path = MODEL) -> dict[str, str]:
    """sha256 of every weights file, by its path inside the folder."""
    return {
        str(path.relative_to(target)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(target.rglob("*.safetensors"))
    }
