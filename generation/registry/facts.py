"""What a model's own files say about it, read without torch."""

import json
from pathlib import Path
from typing import Any

from generation.registry.families import NO_NEGATIVE_PROMPT


def facts_of(folder: Path) -> dict[str, Any]:
    """Columns of DiffusionModel that a pipeline's folder decides or proposes: its class, its sizes, its defaults."""
    return {**pipeline_facts(folder), **_proposals(folder)}


def pipeline_facts(folder: Path) -> dict[str, Any]:
    """What the pipeline is, which no entry may contradict. Empty when there is no pipeline to be read."""
    index = read_json(folder / "model_index.json")
    if not index:
        return {}
    name = str(index.get("_class_name", ""))
    denoiser = _denoiser(folder)
    # A network that takes guidance as an input was distilled; no negative prompt is ever run.
    distilled = name in NO_NEGATIVE_PROMPT or denoiser.get("time_cond_proj_dim") is not None
    checker = index.get("safety_checker")
    return {
        "pipeline_class": name[:80],
        "takes_negative_prompt": not distilled,
        "has_image_checker": isinstance(checker, list) and checker[0] is not None,
    }


def _proposals(folder: Path) -> dict[str, Any]:
    """Defaults from `colophon.json`, else from the pipeline's own configuration files."""
    notes, vae, denoiser = (
        read_json(folder / "colophon.json"),
        read_json(folder / "vae/config.json"),
        _denoiser(folder),
    )
    cell = 2 ** max(len(vae.get("block_out_channels", [])) - 1, 0) if vae else 8
    # Transformers look at patches of latent cells.
    patch = 1 if (folder / "unet").is_dir() else 2
    size = notes.get("default_size") or _first(denoiser.get("sample_size"), 64) * cell
    facts: dict[str, Any] = {
        "default_width": size,
        "default_height": size,
        "size_multiple": notes.get("size_multiple", cell * patch),
        "max_side": notes.get("max_side", 2 * size),
    }
    for key in (
        "name",
        "default_steps",
        "default_guidance_scale",
        "licence",
        "upscale_strength",
        "upscale_guidance_scale",
        "upscale_prompt",
    ):
        if key in notes:
            facts[key] = notes[key]
    return facts


def _denoiser(folder: Path) -> dict[str, Any]:
    return read_json(folder / "unet/config.json") or read_json(folder / "transformer/config.json")


def _first(value: Any, otherwise: int) -> int:  # noqa: ANN401 - whatever a configuration file holds
    return int(value[0] if isinstance(value, list) else value or otherwise)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; an empty one when there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
