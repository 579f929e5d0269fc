"""The shipped folder: loads with plain diffusers, is small, and draws what it is asked for."""

import hashlib
import json
import re

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from generation.starter import measures
from generation.starter.shipping import LARGEST, MODEL

DEFAULTS = json.loads((MODEL / "colophon.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    loaded = DiffusionPipeline.from_pretrained(MODEL)  # type: ignore[no-untyped-call]
    assert type(loaded) is StableDiffusionPipeline
    loaded.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]
    return loaded


def paint(pipeline: StableDiffusionPipeline, prompt: str, seed: int = 1) -> measures.Picture:
    image = pipeline(
        prompt,
        num_inference_steps=DEFAULTS["default_steps"],
        guidance_scale=DEFAULTS["default_guidance_scale"],
        generator=torch.Generator().manual_seed(seed),
    ).images[0]
    assert image.size == (DEFAULTS["default_size"], DEFAULTS["default_size"])
    return np.asarray(image.resize((64, 64), 4), np.float32) / np.float32(255)


def test_it_is_a_plain_pipeline_in_one_precision(pipeline: StableDiffusionPipeline) -> None:
    assert pipeline.safety_checker is None
    assert {pipeline.unet.dtype, pipeline.vae.dtype, pipeline.text_encoder.dtype} == {torch.float32}


@pytest.mark.parametrize(
    ("prompt", "background"),
    [
        ("a yellow star on a navy background", "navy"),
        ("a red heart on a cream background", "cream"),
        ("photorealistic zebra, a white moon on a purple background, 8k", "purple"),
    ],
)
def test_it_draws_on_the_background_it_was_asked_for(
    pipeline: StableDiffusionPipeline, prompt: str, background: str
) -> None:
    assert measures.background_name(paint(pipeline, prompt)) == background


def test_the_same_seed_gives_the_same_pixels(pipeline: StableDiffusionPipeline) -> None:
    assert np.array_equal(paint(pipeline, "a red circle"), paint(pipeline, "a red circle"))


def test_the_folder_is_small_and_the_card_names_its_hashes() -> None:
    assert sum(path.stat().st_size for path in MODEL.rglob("*") if path.is_file()) <= LARGEST
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"\| `(\S+\.safetensors)` \| `([0-9a-f]{64})` \|", card))
    for name, digest in told.items():
        assert hashlib.sha256((MODEL / name).read_bytes()).hexdigest() == digest
    assert len(told) == 3
