"""Noise that is the same on every device: drawn per picture, in fp32, on the CPU (law 9)."""

import sys
from collections.abc import Sequence
from typing import Any

import torch
from diffusers.models.autoencoders import vae as autoencoder
from diffusers.utils import torch_utils


def starting_noise(
    pipeline: Any,  # noqa: ANN401 - diffusers has no types
    *,
    width: int,
    height: int,
    generators: Sequence[torch.Generator],
) -> torch.Tensor | None:
    """What a picture from words starts from, fp32, one row for each generator; sizes in pixels.

    `(rows, channels, height / cell, width / cell)`, in Flux packed into `(rows, patches, channels of a patch)`. None
    for kinds whose arrangement is not known here: they draw it themselves, from the same generators.
    """
    cell = getattr(pipeline, "vae_scale_factor", None)
    if cell is None:
        return None
    kind = type(pipeline).__name__
    if kind == "FluxPipeline":
        # Two cells a side make a patch.
        channels = pipeline.transformer.config.in_channels // 4
        rows, columns = 2 * (height // (2 * cell)), 2 * (width // (2 * cell))
        noise = _drawn((1, channels, rows, columns), generators)
        packed: torch.Tensor = pipeline._pack_latents(noise, len(generators), channels, rows, columns)  # noqa: SLF001 - its only door
        return packed
    network = pipeline.transformer if kind == "StableDiffusion3Pipeline" else getattr(pipeline, "unet", None)
    if network is None:
        return None
    return _drawn((1, network.config.in_channels, height // cell, width // cell), generators)


def unpacked(
    pipeline: Any,  # noqa: ANN401 - diffusers has no types
    latents: torch.Tensor,
    *,
    width: int,
    height: int,
) -> torch.Tensor:
    """Latents as rows, channels, height and width, where Flux has packed them into patches; sizes in pixels."""
    if latents.ndim != 3 or not type(pipeline).__name__.startswith("Flux"):
        return latents
    found: torch.Tensor = pipeline._unpack_latents(latents, height, width, pipeline.vae_scale_factor)  # noqa: SLF001 - its only door
    return found


def _drawn(shape: tuple[int, ...], generators: Sequence[torch.Generator]) -> torch.Tensor:
    return torch.cat([torch.randn(shape, generator=generator, dtype=torch.float32) for generator in generators])


def draw_in_fp32(pipeline: Any) -> None:  # noqa: ANN401 - diffusers has no types
    """Have the pipeline, its scheduler and its autoencoder draw whatever other noise they need in fp32, too.

    Diffusers draws it in the model's dtype, which gives other numbers for the same seed. Pipelines that start from
    a picture and schedulers with noise in each step have no door for noise from outside.
    """
    modules = {type(pipeline).__module__, autoencoder.__name__}
    modules |= {kind.__module__ for kind in type(getattr(pipeline, "scheduler", None)).__mro__}
    for name in modules:
        module = sys.modules[name]
        if getattr(module, "randn_tensor", None) is torch_utils.randn_tensor:
            module.randn_tensor = _randn_in_fp32  # type: ignore[attr-defined]  # a name of diffusers' own


def _randn_in_fp32(
    shape: Any,  # noqa: ANN401 - diffusers has no types
    generator: Any = None,  # noqa: ANN401
    device: Any = None,  # noqa: ANN401
    dtype: torch.dtype | None = None,
    layout: Any = None,  # noqa: ANN401
) -> torch.Tensor:
    """In place of diffusers' `randn_tensor`."""
    noise: torch.Tensor = torch_utils.randn_tensor(
        shape, generator=generator, device=device, dtype=torch.float32, layout=layout
    )
    return noise.to(dtype or torch.float32)
