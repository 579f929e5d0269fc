"""Law 9: same recipe, same class, same pixels; who shares a batch, and in which order, changes nothing."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from generation import registry
from generation.engine import pipelines
from generation.engine.batch import Batch, Picture
from generation.engine.rendering import Drawing, Forming, draw
from generation.models import DiffusionModel, Job, Work
from generation.modes import Mode
from generation.services import submit_job
from generation.worker import run_waiting_jobs
from provenance.digests import pixel_hash

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tiny(settings: Settings) -> DiffusionModel:
    """The tiny pipeline of real diffusers classes, whatever this checkout ships."""
    settings.GENERATION_MODELS = [{"slug": "tiny", "source": str(registry.ensure_tiny_model())}]
    return registry.sync_models()[0]


def setup_with(slots: int) -> pipelines.Setup:
    return pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=slots)


@pytest.fixture(scope="module")
def pipeline() -> pipelines.Loaded:
    setup = setup_with(1)
    return pipelines.PipelineCache(setup).get(registry.ensure_tiny_model(), b"")


def hashes(pipeline: pipelines.Loaded, seeds: Sequence[int], *, slots: int) -> list[bytes]:
    drawing = Drawing(
        prompt="a teal sun", negative_prompt="", seeds=seeds, steps=4, guidance_scale=2, width=64, height=64
    )
    images = draw(pipeline, drawing, setup=setup_with(slots), on_step=lambda _share: None)
    return [pixel_hash(drawn.image) for drawn in images]


def test_the_same_seed_gives_the_same_pixels_again(pipeline: pipelines.Loaded) -> None:
    assert hashes(pipeline, [7], slots=1) == hashes(pipeline, [7], slots=1)
    assert hashes(pipeline, [7], slots=1) != hashes(pipeline, [8], slots=1)


def test_neighbours_order_and_empty_slots_change_nothing(pipeline: pipelines.Loaded) -> None:
    one, two, three = hashes(pipeline, [1, 2, 3], slots=4)
    assert hashes(pipeline, [3, 1, 2], slots=4) == [three, one, two]
    assert hashes(pipeline, [2], slots=4) == [two]
    assert hashes(pipeline, [9, 8, 3, 7], slots=4)[2] == three


PICTURES = st.builds(
    Drawing,
    prompt=st.sampled_from(["a teal sun", "three moons above a field of barley", "x"]),
    negative_prompt=st.sampled_from(["", "people"]),
    seeds=st.sampled_from([[1], [2]]),
    steps=st.integers(1, 4),
    guidance_scale=st.sampled_from([1.5, 2.0, 7.5]),
    width=st.just(64),
    height=st.just(64),
)
GRADIENT = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
LEFT_HALF = Image.new("L", (64, 64), 0)
LEFT_HALF.paste(255, (0, 0, 32, 64))
FROM_A_PICTURE = st.builds(
    lambda drawing, mode, strength: replace(
        drawing,
        steps=drawing.steps + 1,
        mode=mode,
        init=GRADIENT,
        mask=LEFT_HALF if mode == Mode.INPAINTING else None,
        strength=strength,
    ),
    PICTURES,
    st.sampled_from([Mode.IMAGE_TO_IMAGE, Mode.INPAINTING]),
    st.sampled_from([0.5, 1.0]),
)
"""latents that an encoder made lie otherwise in memory than noise does"""
ARRIVALS = st.lists(st.tuples(st.integers(0, 3), PICTURES | FROM_A_PICTURE), min_size=1, max_size=7)
"""pictures, each with how many steps of the others go by before it arrives"""


@pytest.mark.parametrize("slots", [2, 4])
@tries(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=ARRIVALS, leaves=st.sets(st.integers(0, 6), max_size=2))
def test_whoever_shares_a_running_batch_changes_nothing(
    pipeline: pipelines.Loaded, slots: int, arrivals: list[tuple[int, Drawing]], leaves: set[int]
) -> None:
    """Any mix of arrivals, lengths, prompts and partners, some of them canceled, gives the pixels of each alone."""
    batch = Batch(pipeline, setup=setup_with(slots))
    shared = list[Picture]()
    for place, (pause, drawing) in enumerate(arrivals):
        for _ in range(pause):
            batch.step()
        while not batch.free:
            batch.step()
        picture = batch.add(drawing)
        if place in leaves:
            batch.step()
            batch.remove(picture)
        else:
            shared.append(picture)
    while batch.pictures:
        batch.step()
    for picture in shared:
        assert picture.drawn is not None
        assert pixel_hash(picture.drawn.image) == alone(pipeline, picture.drawing, slots=slots)


ALONE = dict[tuple[object, ...], bytes]()
"""what was drawn alone already: the same few pictures come again and again"""


def alone(pipeline: pipelines.Loaded, drawing: Drawing, *, slots: int) -> bytes:
    words = (drawing.prompt, drawing.negative_prompt)
    how = (drawing.steps, drawing.guidance_scale, drawing.mode, drawing.strength)
    key = (slots, *drawing.seeds, *words, *how)
    if key not in ALONE:
        batch = Batch(pipeline, setup=setup_with(slots))
        picture = batch.add(drawing)
        while batch.pictures:
            batch.step()
        assert picture.drawn is not None
        ALONE[key] = pixel_hash(picture.drawn.image)
    return ALONE[key]


def test_an_interrupted_drawing_leaves_no_trace_in_the_next(pipeline: pipelines.Loaded) -> None:
    before = hashes(pipeline, [7], slots=1)

    def stop(_forming: Forming) -> None:
        raise InterruptedError

    drawing = Drawing(prompt="x", negative_prompt="", seeds=[1], steps=4, guidance_scale=2, width=64, height=64)
    with pytest.raises(InterruptedError):
        draw(pipeline, drawing, setup=setup_with(1), on_step=stop)
    assert hashes(pipeline, [7], slots=1) == before


def test_another_process_draws_the_same_pixels(pipeline: pipelines.Loaded) -> None:
    program = f"""
from pathlib import Path
from generation.engine import pipelines
from generation.engine.batch import Batch, Picture
from generation.engine.rendering import Drawing, draw
from provenance.digests import pixel_hash
setup = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
pipeline = pipelines.PipelineCache(setup).get(Path({str(registry.ensure_tiny_model())!r}), b"")
drawing = Drawing(prompt="a teal sun", negative_prompt="", seeds=[7], steps=4, guidance_scale=2, width=64, height=64)
print(pixel_hash(draw(pipeline, drawing, setup=setup, on_step=lambda _share: None)[0].image).hex())
"""
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.split()[-1] == hashes(pipeline, [7], slots=1)[0].hex()


@pytest.mark.django_db(transaction=True)
def test_two_jobs_with_one_recipe_have_the_same_render_and_recipe_hash(tiny: DiffusionModel) -> None:
    alice, bob = (Person.objects.create_user(username=name) for name in ("alice", "bob"))
    submit_job(person=alice, prompt="a teal sun", seed=11, steps=3, count=2)
    submit_job(person=bob, prompt="a teal sun", seed=12, steps=3)
    run_waiting_jobs(worker="w", stopping=lambda: False)
    assert set(Job.objects.values_list("status", flat=True)) == {"succeeded"}
    _, hers = Work.objects.filter(person=alice).order_by("index")
    his = Work.objects.get(person=bob)
    # What is published carries each work's own watermark; what the model drew is the same.
    assert hers.drawn_pixels_hash == his.drawn_pixels_hash
    assert bytes(hers.recipe_hash) == bytes(his.recipe_hash)
    # Two statements about the same pixels, by two people: two files.
    assert bytes(hers.content_hash) != bytes(his.content_hash)


@pytest.mark.django_db(transaction=True)
def test_whatever_changes_pixels_is_named_in_the_recipe(tiny: DiffusionModel) -> None:
    submit_job(person=Person.objects.create_user(username="alice"), prompt="a teal sun", steps=2)
    run_waiting_jobs(worker="w", stopping=lambda: False)
    recipe = Work.objects.get().recipe
    assert set(recipe["reproducibility_class"]) == {
        "torch", "diffusers", "transformers", "device", "dtype", "threads", "attention", "slots",
    }  # fmt: skip
    assert {"engine_version", "model", "scheduler", "seed", "steps", "guidance_scale", "width", "height"} <= set(
        recipe
    )
