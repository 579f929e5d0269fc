"""A tiny text-to-image pipeline of real diffusers classes, with seeded random weights.

It stands in where no model is configured, and in tests: every part of a real pipeline runs, in milliseconds, and
the pictures mean nothing. `python -m generation.engine.tiny <folder>` writes it, so that who calls needs no torch.
"""

# mypy: disable-error-code="no-untyped-call"
# (the classes of diffusers and transformers have no types)

import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

SEED = 20_261_122
WORDS = 77
"""tokens in a prompt; here a token is one byte, so prompts differ from their first letter on"""


def build_tokenizer() -> CLIPTokenizer:
    """CLIP's byte-level tokenizer without merges: every byte of a prompt is a token."""
    letters = list(bytes_to_unicode().values())
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]
    # transformers 5 reads a vocabulary from values only; from file names it makes a two-token one, silently.
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=WORDS)


def build_pipeline() -> Any:  # noqa: ANN401 - diffusers has no types
    """The whole pipeline: 64-pixel pictures by default, 8 pixels to a latent cell. The same weights every time."""
    torch.manual_seed(SEED)
    tokenizer = build_tokenizer()
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=WORDS,
            projection_dim=32,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(32, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=8,
        norm_num_groups=16,
    )
    vae = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        block_out_channels=(16, 16, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=8,
        sample_size=64,
    )
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def main(folder: Path) -> None:
    """Write the pipeline into `folder`."""
    build_pipeline().save_pretrained(folder, safe_serialization=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
