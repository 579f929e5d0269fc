"""The shipped model in the modes that start from a picture: its latents have twelve channels, not four."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.engine import pipelines
from generation.engine.batch import Batch
from generation.engine.rendering import Drawing, Drawn
from generation.engine.retracing import retrace
from generation.modes import Mode
from generation.starter.shipping import MODEL
from provenance.digests import pixel_hash

SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
NAVY = Image.new("RGB", (256, 256), (22, 30, 82))
LEFT_HALF = Image.new("L", (256, 256), 0)
LEFT_HALF.paste(255, (0, 0, 128, 256))


@pytest.fixture(scope="module")
def starter() -> pipelines.Loaded:
    return pipelines.PipelineCache(SETUP).get(Path(MODEL), b"")


def wish(mode: Mode) -> Drawing:
    return Drawing(
        prompt="a red heart on a cream background",
        negative_prompt="",
        seeds=[7],
        steps=6,
        guidance_scale=2,
        width=256,
        height=256,
        mode=mode,
        init=NAVY,
        mask=LEFT_HALF if mode == Mode.INPAINTING else None,
        strength=1.0,
    )


def drawn(starter: pipelines.Loaded, drawing: Drawing) -> Drawn:
    batch = Batch(starter, setup=SETUP)
    picture = batch.add(drawing)
    while batch.pictures:
        batch.step()
    assert picture.drawn is not None, picture.error
    return picture.drawn


def test_inpainting_draws_where_the_mask_is_light_and_nowhere_else(starter: pipelines.Loaded) -> None:
    pixels = np.asarray(drawn(starter, wish(Mode.INPAINTING)).image)
    assert np.array_equal(pixels[:, 128:], np.asarray(NAVY)[:, 128:])
    # Cream is far from navy.
    assert np.median(pixels[:, :128], axis=(0, 1)).min() > 150


@pytest.mark.parametrize("mode", [Mode.IMAGE_TO_IMAGE, Mode.INPAINTING])
def test_the_last_step_alone_gives_the_same_pixels(starter: pipelines.Loaded, mode: Mode) -> None:
    picture = drawn(starter, wish(mode))
    steps = len(picture.latents)
    last = retrace(starter, wish(mode), setup=SETUP, transition=steps, start=picture.latents[-1], leaves=steps)
    assert last.image is not None
    assert pixel_hash(last.image) == pixel_hash(picture.image)
