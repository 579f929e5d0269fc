"""The engine's corners: memory, safety checkers, pipelines that want something else."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from transformers import CLIPConfig, CLIPImageProcessor

from accounts.models import Person
from generation import registry
from generation.engine import pipelines
from generation.engine.errors import EngineError
from generation.engine.rendering import Drawing, draw
from generation.models import DiffusionModel
from generation.services import submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from provenance.digests import pixel_hash

ROOT = Path(__file__).resolve().parents[2]
SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
SUN = Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=2, guidance_scale=2, width=64, height=64)


def load(folder: Path) -> pipelines.Loaded:
    return pipelines.PipelineCache(SETUP).get(folder, b"")


def folder_with_checker(folder: Path, *, threshold: float) -> Path:
    """The tiny pipeline with a real, tiny, untrained safety checker that flags above this similarity."""
    side, text = {"image_size": 32, "patch_size": 16}, {"vocab_size": 99}
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = CLIPConfig(vision_config={**small, **side}, text_config={**small, **text}, projection_dim=8)
    checker: Any = StableDiffusionSafetyChecker(config)
    checker.concept_embeds.data.fill_(1)
    checker.special_care_embeds.data.fill_(1)
    checker.concept_embeds_weights.data.fill_(threshold)
    checker.special_care_embeds_weights.data.fill_(threshold)
    pipeline: Any = StableDiffusionPipeline.from_pretrained(  # type: ignore[no-untyped-call]  # diffusers has no types
        registry.ensure_tiny_model(),
        safety_checker=checker,
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
    )
    pipeline.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("threshold", "flagged"), [(-2.0, True), (2.0, False)])
def test_a_safety_checker_flags_and_never_blackens(tmp_path: Path, threshold: float, flagged: bool) -> None:  # noqa: FBT001 - a parameter of the test
    drawn = draw(load(folder_with_checker(tmp_path, threshold=threshold)), SUN, setup=SETUP, on_step=lambda _: None)
    plain = draw(load(registry.ensure_tiny_model()), SUN, setup=SETUP, on_step=lambda _: None)
    assert drawn[0].flagged is flagged
    assert pixel_hash(drawn[0].image) == pixel_hash(plain[0].image)


@pytest.mark.django_db(transaction=True)
def test_a_flagged_picture_becomes_a_flagged_work(alice: Person, model: DiffusionModel, tmp_path: Path) -> None:
    DiffusionModel.objects.update(source=str(folder_with_checker(tmp_path, threshold=-2)))
    job = submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    work = job.works.get()
    assert (work.flagged, work.review_state) == (True, "pending")
    assert "safety checker" in work.flag_reason
    assert (work.safety["checker"], work.safety["flagged"]) == ("pipeline", True)
    assert max(work.safety["scores"].values()) > 0
    assert read_bytes(work.file)


@pytest.mark.django_db(transaction=True)
def test_a_model_can_be_set_not_to_be_checked_and_works_say_so(
    alice: Person, model: DiffusionModel, tmp_path: Path
) -> None:
    DiffusionModel.objects.update(source=str(folder_with_checker(tmp_path, threshold=-2)), image_checker="none")
    job = submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    work = job.works.get()
    assert (work.flagged, work.safety) == (False, {"checker": "none", "flagged": False, "scores": {}})


def test_a_size_that_the_model_cannot_draw_is_an_engine_error() -> None:
    bad = Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=2, guidance_scale=2, width=63, height=64)
    with pytest.raises(EngineError) as error:
        draw(load(registry.ensure_tiny_model()), bad, setup=SETUP, on_step=lambda _: None)
    assert error.value.code == "not_drawable"


def test_running_out_of_memory_is_told_apart_and_survived() -> None:
    """In a process of its own with little address space left, so that the allocation really fails."""
    program = f"""
import resource
from pathlib import Path
from generation.engine import pipelines
from generation.engine.errors import EngineError
from generation.engine.rendering import Drawing, draw
setup = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
loaded = pipelines.PipelineCache(setup).get(Path({str(registry.ensure_tiny_model())!r}), b"")
def drawing(side):
    return Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=1, guidance_scale=2, width=side, height=side)
draw(loaded, drawing(64), setup=setup, on_step=lambda _: None)
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, resource.RLIM_INFINITY))
try:
    draw(loaded, drawing(4096), setup=setup, on_step=lambda _: None)
except EngineError as error:
    print(error.code)
print(draw(loaded, drawing(64), setup=setup, on_step=lambda _: None)[0].image.size)
"""
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.stdout.splitlines()[-2:] == ["out_of_memory", "(64, 64)"], printed.stderr


def test_a_gpu_that_is_not_there_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(EngineError) as error:
        pipelines.prepare(device="cuda", dtype="auto", threads=1, slots=1)
    assert error.value.code == "no_gpu"


@pytest.mark.django_db(transaction=True)
def test_a_hub_model_that_cannot_be_downloaded_fails_the_job(
    alice: Person, model: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    DiffusionModel.objects.update(source="colophon-tests/no-such-model", model_hash=None)
    job = submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "model_unavailable")
