"""The parts of the pipeline, untrained: UNet, text encoder, scheduler, and the autoencoder whose decoder sharpens."""

from __future__ import annotations

from typing import Final

import torch
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from generation.starter.latents import CELLS, CHANNELS
from generation.starter.passthrough import compute_latents, pass_colours_through

TEXT_WIDTH: Final = 160
UNET_WIDTHS: Final = (64, 160)
# Residual layers of each level: edges are decided at the outer one.
UNET_LAYERS: Final = (2, 1)
DECODER_BLOCKS: Final = (8, 6, 2, 1, 0)
DECODER_WIDTH: Final = 48


def build_unet(layers: tuple[int, ...] = UNET_LAYERS, widths: tuple[int, ...] = UNET_WIDTHS) -> UNet2DConditionModel:
    """A UNet over 16 by 16 cells; text enters by cross-attention at the inner level only, where cells are few."""
    inner = len(widths) - 1
    unet: UNet2DConditionModel = UNet2DConditionModel(
        sample_size=CELLS,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        layers_per_block=layers,
        block_out_channels=widths,
        down_block_types=("DownBlock2D",) * inner + ("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",) + ("UpBlock2D",) * inner,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=5,
        norm_num_groups=16,
        use_linear_projection=True,
    )
    # Every residual branch starts near zero and the whole network at zero: the first steps are calm.
    torch.nn.init.zeros_(unet.conv_out.weight)
    assert unet.conv_out.bias is not None
    torch.nn.init.zeros_(unet.conv_out.bias)
    for name, module in unet.named_modules():
        if name.endswith((".conv2", ".proj_out")):
            module.weight.data.mul_(0.1)
            module.bias.data.zero_()
    # The fused attention's backward pass is slow on CPU at this size.
    unet.set_attn_processor(AttnProcessor())
    unet.to(memory_format=torch.channels_last)  # type: ignore[call-arg]
    return unet


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A two-layer CLIP text model for this vocabulary."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=5,
        max_position_embeddings=tokenizer.model_max_length,
        projection_dim=TEXT_WIDTH,
        hidden_act="gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    encoder = CLIPTextModel(config)
    encoder.set_attn_implementation("eager")
    # The usual 0.02 leaves words indistinguishable for the first thousand steps.
    torch.nn.init.normal_(encoder.get_parameter("embeddings.token_embedding.weight"), 0, 0.3)
    return encoder


def build_scheduler() -> DDIMScheduler:
    """Zero terminal SNR, trailing steps (Lin et al. 2023, arXiv 2305.08891); the network predicts the clean picture.

    Clipping stays off: with guidance it turned colours into their opposites.
    """
    scheduler: DDIMScheduler = DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=True,
        prediction_type="sample",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=1,  # unused by trailing steps, but diffusers warns about any other value
    )
    return scheduler


def build_autoencoder(blocks: tuple[int, ...] = DECODER_BLOCKS, width: int = DECODER_WIDTH) -> AutoencoderTiny:
    """An autoencoder from 256 pixels to 16 by 16 by 12 and back.

    Nothing in it normalises, which would lose faint edges. Its encoder is exact as it is; its decoder, untrained,
    already shows the picture, softly. `blocks` are counted from 16 cells up to 256 pixels.
    """
    levels = len(blocks)
    autoencoder: AutoencoderTiny = AutoencoderTiny(
        latent_channels=CHANNELS,
        encoder_block_out_channels=(CHANNELS,) * levels,
        decoder_block_out_channels=(width,) * levels,
        num_encoder_blocks=(0,) * levels,
        num_decoder_blocks=blocks,
        upsample_fn="bilinear",
    )
    compute_latents(autoencoder)
    pass_colours_through(autoencoder)
    autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-arg]
    return autoencoder
