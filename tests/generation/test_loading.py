"""Loading models with settings of their own, and keeping several within a budget of memory."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor, AttnProcessor2_0, SlicedAttnProcessor

from accounts.models import Person
from generation import registry
from generation.engine import painter, pipelines
from generation.engine.errors import EngineError
from generation.engine.loading import estimated_bytes
from generation.engine.model_setup import setup_of
from generation.engine.rendering import Drawing, draw
from generation.engine.reproducibility import reproducibility_class
from generation.models import DiffusionModel
from generation.registry.switching import request_warming
from generation.services import submit_job
from generation.worker import run_waiting_jobs, warm_up
from provenance.digests import pixel_hash
from tests.generation.original_layout import save_single_file

SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
SUN = Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=2, guidance_scale=2, width=64, height=64)


def load(setup: pipelines.Setup) -> pipelines.Loaded:
    return pipelines.PipelineCache(setup).get(registry.ensure_tiny_model(), b"")


def hash_of(loaded: pipelines.Loaded, setup: pipelines.Setup = SETUP) -> bytes:
    return pixel_hash(draw(loaded, SUN, setup=setup, on_step=lambda _: None)[0].image)


def test_a_single_file_draws_what_its_folder_draws(tmp_path: Path) -> None:
    folder = registry.ensure_tiny_model()
    file = save_single_file(folder, tmp_path / "tiny.safetensors")
    config = Path(shutil.copytree(folder, tmp_path / "config", ignore=shutil.ignore_patterns("*.safetensors")))
    loaded = pipelines.PipelineCache(SETUP).get(file, b"", config=config)
    assert hash_of(loaded) == hash_of(load(SETUP))


@pytest.mark.parametrize(
    ("attention", "kind"), [("sdpa", AttnProcessor2_0), ("eager", AttnProcessor), ("sliced", SlicedAttnProcessor)]
)
def test_attention_is_as_the_model_says_and_is_named(attention: str, kind: type) -> None:
    setup = replace(SETUP, attention=attention)
    loaded = load(setup)
    assert {type(processor) for processor in loaded.pipeline.unet.attn_processors.values()} == {kind}
    assert kind.__name__ in reproducibility_class(loaded.pipeline, setup)["attention"]


def test_settings_that_change_pixels_are_in_the_class() -> None:
    setup = replace(SETUP, dtype=torch.bfloat16, channels_last=True, compile=True)
    loaded = load(setup)
    described = reproducibility_class(loaded.pipeline, setup)
    assert (described["dtype"], described["memory_format"], described["compile"]) == (
        "bfloat16", "channels_last", "inductor",
    )  # fmt: skip
    assert loaded.pipeline.unet.dtype == torch.bfloat16
    assert loaded.pipeline.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    plain = reproducibility_class(load(SETUP).pipeline, SETUP)
    assert not {"memory_format", "compile", "offload"} & plain.keys()


def test_offloading_without_a_gpu_is_told() -> None:
    with pytest.raises(EngineError) as error:
        load(replace(SETUP, offload="model"))
    assert error.value.code == "bad_setup"


def test_a_models_settings_go_over_the_processes(model: DiffusionModel) -> None:
    model.dtype, model.channels_last, model.image_checker = "bfloat16", True, "none"
    setup = setup_of(model, SETUP)
    assert (setup.dtype, setup.channels_last, setup.checks_images) == (torch.bfloat16, True, False)
    model.dtype = "auto"
    assert setup_of(model, SETUP).dtype == torch.float32


@pytest.fixture
def copies(tmp_path: Path) -> list[Path]:
    folder = registry.ensure_tiny_model()
    return [Path(shutil.copytree(folder, tmp_path / name)) for name in "abc"]


def test_the_size_is_known_before_loading(copies: list[Path]) -> None:
    size = load(SETUP).size
    assert abs(estimated_bytes(copies[0], SETUP) - size) < size / 100
    half = replace(SETUP, dtype=torch.bfloat16)
    assert abs(estimated_bytes(copies[0], half) - size / 2) < size / 100


def test_models_stay_loaded_within_the_budget_and_the_least_used_goes(copies: list[Path]) -> None:
    size = load(SETUP).size
    cache = pipelines.PipelineCache(SETUP, budget=int(2.5 * size))
    first, second = cache.get(copies[0], b""), cache.get(copies[1], b"")
    assert cache.get(copies[0], b"") is first
    cache.get(copies[2], b"")
    assert (len(cache), cache.size) == (2, 2 * size)
    assert cache.get(copies[0], b"") is first
    assert cache.get(copies[1], b"") is not second


def test_a_model_larger_than_the_budget_is_kept_alone_with_a_warning(
    copies: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    cache = pipelines.PipelineCache(SETUP, budget=1000)
    with caplog.at_level(logging.WARNING):
        cache.get(copies[0], b"")
        kept = cache.get(copies[1], b"")
    assert len(cache) == 1
    assert cache.get(copies[1], b"") is kept
    assert "more than the budget" in caplog.text


def test_other_settings_are_another_pipeline(copies: list[Path]) -> None:
    cache = pipelines.PipelineCache(SETUP)
    plain, eager = (cache.get(copies[0], b"", setup=replace(SETUP, attention=name)) for name in ("auto", "eager"))
    assert plain is not eager


@pytest.mark.django_db(transaction=True)
def test_a_models_settings_reach_the_recipe(alice: Person, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(channels_last=True, dtype="bfloat16")
    job = submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    described = job.works.get().recipe["reproducibility_class"]
    assert (described["memory_format"], described["dtype"]) == ("channels_last", "bfloat16")


def test_a_model_is_warmed_when_asked_for(model: DiffusionModel) -> None:
    request_warming(model=model)
    warm_up()
    model.refresh_from_db()
    assert model.loaded_at is not None
    assert model.warming_requested_at is not None
    assert model.loaded_at >= model.warming_requested_at


def test_why_a_model_cannot_be_loaded_is_written_down(model: DiffusionModel, tmp_path: Path) -> None:
    DiffusionModel.objects.update(source=str(tmp_path / "gone"))
    model.refresh_from_db()
    with pytest.raises(EngineError):
        painter.painter_for(model)
    model.refresh_from_db()
    assert (model.state, "not where" in model.load_error) == ("unusable", True)
