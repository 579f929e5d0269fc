"""The running batch: pictures join and leave between steps, and nothing that happens to one is seen in another."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from generation import registry
from generation.engine import pipelines
from generation.engine.batch import Batch, Picture, can_share, is_safe
from generation.engine.errors import EngineError
from generation.engine.rendering import Drawing, draw
from provenance.digests import pixel_hash

SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=2)
SUN = Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=3, guidance_scale=2, width=64, height=64)
MOON = Drawing(prompt="a moon", negative_prompt="sun", seeds=[8], steps=5, guidance_scale=7.5, width=64, height=64)


@pytest.fixture(scope="module")
def loaded() -> pipelines.Loaded:
    return pipelines.PipelineCache(SETUP).get(registry.ensure_tiny_model(), b"")


@pytest.fixture
def batch(loaded: pipelines.Loaded) -> Iterator[Batch]:
    batch = Batch(loaded, setup=SETUP)
    yield batch
    batch.close()


def finished(batch: Batch, *pictures: Picture) -> list[bytes]:
    """The pixel hashes of these pictures, once they are drawn."""
    while any(picture.asks is not None for picture in pictures):
        batch.step()
    return [hash_of(picture) for picture in pictures]


def hash_of(picture: Picture) -> bytes:
    assert picture.error is None
    assert picture.drawn is not None
    return pixel_hash(picture.drawn.image)


def alone(loaded: pipelines.Loaded, drawing: Drawing, *, slots: int = 2) -> bytes:
    batch = Batch(loaded, setup=replace(SETUP, slots=slots))
    return finished(batch, batch.add(drawing))[0]


def with_scheduler(loaded: pipelines.Loaded, name: str) -> pipelines.Loaded:
    kind: Any = diffusers.StableDiffusionPipeline
    pipeline = kind(**loaded.pipeline.components, requires_safety_checker=False)
    pipeline.scheduler = getattr(diffusers, name).from_config(loaded.pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    return pipelines.Loaded(pipeline=pipeline, safety_checker=None)


def test_in_one_slot_a_picture_is_what_the_diffusers_pipeline_itself_draws(loaded: pipelines.Loaded) -> None:
    setup = replace(SETUP, slots=1)
    for drawing in (SUN, MOON):
        bare = draw(loaded, drawing, setup=setup, on_step=lambda _share: None)
        assert alone(loaded, drawing, slots=1) == pixel_hash(bare[0].image)


def test_a_picture_that_joins_later_changes_nothing(loaded: pipelines.Loaded, batch: Batch) -> None:
    sun = batch.add(SUN)
    batch.step()
    moon = batch.add(MOON)
    assert finished(batch, sun, moon) == [alone(loaded, SUN), alone(loaded, MOON)]


def test_a_picture_that_is_taken_out_changes_nothing(loaded: pipelines.Loaded, batch: Batch) -> None:
    moon, sun = batch.add(MOON), batch.add(SUN)
    batch.step()
    batch.remove(moon)
    assert (batch.free, moon.drawn, moon.error) == (1, None, None)
    assert finished(batch, sun) == [alone(loaded, SUN)]


def test_pictures_with_and_without_guidance_do_not_mix_but_may_be_together(
    loaded: pipelines.Loaded, batch: Batch
) -> None:
    plain = replace(SUN, guidance_scale=1)
    assert finished(batch, batch.add(SUN), batch.add(plain)) == [alone(loaded, SUN), alone(loaded, plain)]


@pytest.mark.parametrize(
    "name",
    ["EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler", "LCMScheduler"],
)
def test_schedulers_with_noise_or_history_of_their_own_can_share_too(loaded: pipelines.Loaded, name: str) -> None:
    other = with_scheduler(loaded, name)
    bare = draw(other, MOON, setup=replace(SETUP, slots=1), on_step=lambda _share: None)
    assert alone(other, MOON, slots=1) == pixel_hash(bare[0].image)
    batch = Batch(other, setup=SETUP)
    sun = batch.add(SUN)
    batch.step()
    assert finished(batch, sun, batch.add(MOON)) == [alone(other, SUN), alone(other, MOON)]


def test_a_picture_that_fails_at_once_leaves_the_others_alone(loaded: pipelines.Loaded, batch: Batch) -> None:
    sun = batch.add(SUN)
    bad = batch.add(replace(SUN, width=63))
    assert isinstance(bad.error, EngineError)
    assert (bad.error.code, batch.pictures) == ("not_drawable", [sun])
    assert finished(batch, sun) == [alone(loaded, SUN)]


def test_a_picture_that_fails_while_it_is_decoded_leaves_the_others_alone(
    loaded: pipelines.Loaded, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    sun, moon = batch.add(SUN), batch.add(MOON)

    def no_memory(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patch:
        patch.setattr(loaded.pipeline.vae, "decode", no_memory)
        while sun.asks is not None:
            batch.step()
    assert isinstance(sun.error, EngineError)
    assert (sun.error.code, sun.drawn) == ("out_of_memory", None)
    assert finished(batch, moon) == [alone(loaded, MOON)]


def test_a_fault_that_nobody_foresaw_is_the_pictures_own(
    batch: Batch, loaded: pipelines.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(loaded.pipeline), "encode_prompt", None)
    picture = batch.add(SUN)
    assert isinstance(picture.error, TypeError)
    assert batch.pictures == []


def test_drawing_leaves_gradients_as_they_were(batch: Batch) -> None:
    for before in (True, False):
        with torch.set_grad_enabled(before):
            finished(batch, batch.add(SUN), batch.add(MOON))
            assert torch.is_grad_enabled() is before


def test_a_network_that_treats_slots_differently_is_found_out(
    loaded: pipelines.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_safe(loaded, SUN, setup=SETUP)
    forward = loaded.pipeline.unet.forward

    def uneven(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the network's own
        answer = forward(*args, **kwargs)[0].clone()
        answer[-1, 0, 0, 0] = torch.nextafter(answer[-1, 0, 0, 0], torch.tensor(9.0))
        return (answer,)

    monkeypatch.setattr(loaded.pipeline.unet, "forward", uneven)
    assert not is_safe(loaded, SUN, setup=SETUP)


def test_a_progress_is_a_share_of_the_pictures_own_steps(batch: Batch) -> None:
    sun, moon = batch.add(SUN), batch.add(MOON)
    batch.step()
    assert (sun.share, moon.share) == (1 / 3, 1 / 5)


def tiny_sdxl(folder: Path, tiny: pipelines.Loaded) -> Path:
    """A pipeline of the SDXL classes: two text encoders, and a network that also gets sizes and a pooled prompt."""
    torch.manual_seed(1)
    text: dict[str, Any] = {
        "vocab_size": len(tiny.pipeline.tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "projection_dim": 32,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    unet_kind: Any = UNet2DConditionModel
    pipeline_kind: Any = StableDiffusionXLPipeline
    unet = unet_kind(
        sample_size=8, layers_per_block=1, block_out_channels=(32, 64), norm_num_groups=16, attention_head_dim=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=64, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80, use_linear_projection=True,
    )  # fmt: skip
    pipeline = pipeline_kind(
        vae=tiny.pipeline.vae,
        text_encoder=CLIPTextModel(CLIPTextConfig(**text)),
        text_encoder_2=CLIPTextModelWithProjection(CLIPTextConfig(**text)),
        tokenizer=tiny.pipeline.tokenizer,
        tokenizer_2=tiny.pipeline.tokenizer,
        unet=unet,
        scheduler=tiny.pipeline.scheduler,
    )
    pipeline.save_pretrained(folder)
    return folder


def test_sdxl_shares_too(loaded: pipelines.Loaded, tmp_path: Path) -> None:
    sdxl = pipelines.PipelineCache(SETUP).get(tiny_sdxl(tmp_path, loaded), b"")
    assert can_share(sdxl)
    bare = draw(sdxl, SUN, setup=replace(SETUP, slots=1), on_step=lambda _share: None)
    assert alone(sdxl, SUN, slots=1) == pixel_hash(bare[0].image)
    batch = Batch(sdxl, setup=SETUP)
    sun = batch.add(SUN)
    batch.step()
    assert finished(batch, sun, batch.add(MOON)) == [alone(sdxl, SUN), alone(sdxl, MOON)]
