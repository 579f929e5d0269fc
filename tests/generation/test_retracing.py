"""One step of a picture is run again, alone, and gives the very latents that were recorded, in every family."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
from PIL import Image

from generation import registry
from generation.engine import pipelines
from generation.engine.batch import Batch
from generation.engine.rendering import Drawing, Drawn, draw
from generation.engine.retracing import WITHOUT_MEMORY, Retraced, can_retrace, retrace
from generation.modes import Mode
from provenance.digests import pixel_hash
from tests.generation.tiny_models import save_flux, save_lcm, save_sd3, save_sdxl

SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=2)
STEPS = 3
SAVERS: dict[str, Callable[[Path], Path]] = {
    "sdxl": save_sdxl,
    "lcm": save_lcm,
    "sd3": save_sd3,
    "flux": save_flux,
}
SUN = Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=STEPS, guidance_scale=2, width=64, height=64)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pipelines.Loaded]:
    cache = pipelines.PipelineCache(SETUP)
    folders = {name: save(tmp_path_factory.mktemp(f"retraced-{name}")) for name, save in SAVERS.items()}
    return {name: cache.get(path, b"") for name, path in {"sd": registry.ensure_tiny_model(), **folders}.items()}


def drawn_in_a_mixed_batch(loaded: pipelines.Loaded, drawing: Drawing) -> Drawn:
    batch = Batch(loaded, setup=SETUP)
    batch.add(replace(drawing, seeds=[99], steps=5))
    batch.step()
    picture = batch.add(drawing)
    while picture.asks is not None:
        batch.step()
    batch.close()
    assert picture.drawn is not None
    return picture.drawn


def drawn_statically(loaded: pipelines.Loaded, drawing: Drawing) -> Drawn:
    beside = replace(drawing, seeds=[99, *drawing.seeds])
    return draw(loaded, beside, setup=SETUP, on_step=lambda _share: None)[1]


def again(loaded: pipelines.Loaded, drawing: Drawing, drawn: Drawn, transition: int) -> Retraced:
    start = drawn.latents[transition - 1] if transition else None
    leaves = len(drawn.latents)
    return retrace(loaded, drawing, setup=SETUP, transition=transition, start=start, leaves=leaves)


def assert_every_transition_is_the_same(loaded: pipelines.Loaded, drawing: Drawing, drawn: Drawn) -> None:
    for transition, latents in enumerate(drawn.latents):
        made = again(loaded, drawing, drawn, transition)
        assert made.latents == latents
        assert made.before == (drawn.latents[transition - 1] if transition else made.before)
        assert made.image is None
    last = again(loaded, drawing, drawn, len(drawn.latents))
    assert last.image is not None
    assert pixel_hash(last.image) == pixel_hash(drawn.image)


@pytest.mark.parametrize("name", ["sd", "sdxl", "lcm"])
def test_each_step_of_a_picture_from_a_mixed_batch(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    drawn = drawn_in_a_mixed_batch(loaded[name], SUN)
    assert len(drawn.latents) == STEPS
    assert_every_transition_is_the_same(loaded[name], SUN, drawn)


@pytest.mark.parametrize("name", ["sd3", "flux"])
def test_each_step_of_a_picture_drawn_statically(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    drawn = drawn_statically(loaded[name], SUN)
    assert len(drawn.latents) == STEPS
    assert_every_transition_is_the_same(loaded[name], SUN, drawn)


@pytest.mark.parametrize("mode", [Mode.IMAGE_TO_IMAGE, Mode.INPAINTING])
def test_each_step_of_a_picture_made_from_a_picture(loaded: dict[str, pipelines.Loaded], mode: Mode) -> None:
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 32, 64))
    drawing = replace(
        SUN,
        steps=6,
        mode=mode,
        init=Image.linear_gradient("L").resize((64, 64)).convert("RGB"),
        mask=mask if mode == Mode.INPAINTING else None,
        strength=0.5,
    )
    drawn = drawn_in_a_mixed_batch(loaded["sd"], drawing)
    assert len(drawn.latents) == 3
    assert_every_transition_is_the_same(loaded["sd"], drawing, drawn)


@pytest.mark.parametrize("name", sorted(WITHOUT_MEMORY - {"FlowMatchEulerDiscreteScheduler"}))
def test_each_step_of_every_scheduler_that_may_be_audited(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    model = with_scheduler(loaded["sd"], name)
    assert can_retrace(model)
    assert_every_transition_is_the_same(model, SUN, drawn_in_a_mixed_batch(model, SUN))


def test_a_scheduler_with_a_memory_is_not_audited(loaded: dict[str, pipelines.Loaded]) -> None:
    assert not can_retrace(with_scheduler(loaded["sd"], "DPMSolverMultistepScheduler"))


def test_other_words_give_other_latents(loaded: dict[str, pipelines.Loaded]) -> None:
    drawn = drawn_in_a_mixed_batch(loaded["sd"], SUN)
    made = again(loaded["sd"], replace(SUN, prompt="a moon"), drawn, 1)
    assert made.latents not in {None, drawn.latents[1]}


def test_another_number_of_steps_gives_none(loaded: dict[str, pipelines.Loaded]) -> None:
    drawn = drawn_in_a_mixed_batch(loaded["sd"], SUN)
    made = again(loaded["sd"], replace(SUN, steps=STEPS + 1), drawn, 1)
    assert (made.steps, made.latents, made.image) == (STEPS + 1, None, None)


def with_scheduler(loaded: pipelines.Loaded, name: str) -> pipelines.Loaded:
    kind: Any = diffusers.StableDiffusionPipeline
    pipeline = kind(**loaded.pipeline.components, requires_safety_checker=False)
    pipeline.scheduler = getattr(diffusers, name).from_config(loaded.pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    return pipelines.Loaded(pipeline=pipeline, safety_checker=None)
