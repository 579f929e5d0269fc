"""Real, tiny pipelines of every family: drawn in every mode they can, the same twice, from fp32 noise."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers.pipelines import auto_pipeline
from PIL import Image

from generation import registry
from generation.engine import pipelines
from generation.engine.errors import EngineError
from generation.engine.noise import starting_noise
from generation.engine.rendering import Drawing, Drawn, draw
from generation.modes import Mode
from generation.registry.facts import facts_of
from generation.registry.families import FAMILIES, Family, family_of, modes_of
from provenance.digests import pixel_hash
from tests.generation.tiny_models import save_flux, save_lcm, save_sd3, save_sdxl

SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
SAVERS: dict[str, Callable[[Path], Path]] = {
    "sdxl": save_sdxl,
    "lcm": save_lcm,
    "sd3": save_sd3,
    "flux": save_flux,
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each family, made once."""
    made = {name: save(tmp_path_factory.mktemp(name)) for name, save in SAVERS.items()}
    registry.ensure_tiny_model()
    return {"sd": registry.ensure_tiny_model(), **made}


@pytest.fixture(scope="session")
def loaded(folders: dict[str, Path]) -> dict[str, pipelines.Loaded]:
    cache = pipelines.PipelineCache(SETUP)
    return {name: cache.get(folder, b"") for name, folder in folders.items()}


def drawing(**change: object) -> Drawing:
    wish = {"prompt": "a sun", "negative_prompt": "", "seeds": [7], "steps": 2, "guidance_scale": 2.0}
    return Drawing(**{**wish, "width": 64, "height": 64, **change})  # type: ignore[arg-type]  # of many types


def drawn(model: pipelines.Loaded, **change: object) -> Drawn:
    return draw(model, drawing(**change), setup=SETUP, on_step=lambda _: None)[0]


NAMES = ["sd", *SAVERS]


@pytest.mark.parametrize("name", NAMES)
def test_each_family_draws_from_words_the_same_twice(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    first, second = drawn(loaded[name]), drawn(loaded[name])
    assert first.image.size == (64, 64)
    assert pixel_hash(first.image) == pixel_hash(second.image)
    assert pixel_hash(first.image) != pixel_hash(drawn(loaded[name], seeds=[8]).image)


START = Image.effect_noise((96, 64), 80).convert("RGB")
HALF = Image.new("L", (64, 64), 0)
HALF.paste(255, (0, 0, 32, 64))


@pytest.mark.parametrize("name", NAMES)
def test_each_family_starts_from_a_picture(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    wish = {"mode": Mode.IMAGE_TO_IMAGE, "init": START, "steps": 4}
    weak, strong = (drawn(loaded[name], **wish, strength=strength) for strength in (0.5, 1.0))
    assert weak.image.size == (64, 64)
    assert pixel_hash(weak.image) != pixel_hash(strong.image)
    assert pixel_hash(weak.image) == pixel_hash(drawn(loaded[name], **wish, strength=0.5).image)


@pytest.mark.parametrize("name", ["sd", "sdxl", "sd3", "flux"])
def test_a_masked_picture_is_untouched_where_the_mask_is_dark(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    init = START.crop((0, 0, 64, 64))
    made = drawn(loaded[name], mode=Mode.INPAINTING, init=init, mask=HALF, strength=1.0, steps=2).image
    right = (32, 0, 64, 64)
    assert made.crop(right).tobytes() == init.crop(right).tobytes()
    assert made.crop((0, 0, 32, 64)).tobytes() != init.crop((0, 0, 32, 64)).tobytes()


def test_a_model_that_cannot_paint_a_part_anew_says_so(loaded: dict[str, pipelines.Loaded]) -> None:
    with pytest.raises(EngineError) as error:
        drawn(loaded["lcm"], mode=Mode.INPAINTING, init=START, mask=HALF, strength=1.0)
    assert error.value.code == "not_drawable"


def test_modes_share_the_weights(loaded: dict[str, pipelines.Loaded]) -> None:
    drawn(loaded["sd"], mode=Mode.IMAGE_TO_IMAGE, init=START, strength=0.5, steps=2)
    sibling = loaded["sd"].siblings["AutoPipelineForImage2Image"]
    assert sibling.unet is loaded["sd"].pipeline.unet
    assert sibling.vae is loaded["sd"].pipeline.vae


@pytest.mark.parametrize("kind", FAMILIES)
def test_the_modes_that_are_told_are_those_that_diffusers_has(kind: str) -> None:
    for mode, mapping in (
        (Mode.IMAGE_TO_IMAGE, auto_pipeline.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING),
        (Mode.INPAINTING, auto_pipeline.AUTO_INPAINT_PIPELINES_MAPPING),
    ):
        there = auto_pipeline._get_task_class(mapping, kind, throw_error_if_not_exist=False)
        assert (mode in modes_of(kind)) is (there is not None)


def test_a_pipeline_of_an_unknown_kind_draws_from_words_only() -> None:
    assert (family_of("SomethingPipeline"), modes_of("SomethingPipeline")) == (Family.OTHER, [Mode.TEXT_TO_IMAGE])


@pytest.mark.parametrize(
    ("name", "shape"), [("sd", (1, 4, 8, 8)), ("sdxl", (1, 4, 8, 8)), ("sd3", (1, 16, 8, 8)), ("flux", (1, 16, 16))]
)
def test_starting_noise_is_fp32_in_the_familys_arrangement(
    loaded: dict[str, pipelines.Loaded], name: str, shape: tuple[int, ...]
) -> None:
    generators = [torch.Generator("cpu").manual_seed(7)]
    noise = starting_noise(loaded[name].pipeline, width=64, height=64, generators=generators)
    assert noise is not None
    assert (noise.dtype, tuple(noise.shape)) == (torch.float32, shape)


@pytest.mark.parametrize("name", ["sd3", "flux"])
def test_it_is_the_noise_that_the_pipeline_would_draw(loaded: dict[str, pipelines.Loaded], name: str) -> None:
    pipeline = loaded[name].pipeline
    own = pipeline(
        prompt=["a sun"], num_inference_steps=2, guidance_scale=2.0, width=64, height=64,
        generator=[torch.Generator("cpu").manual_seed(7)],
    ).images[0]  # fmt: skip
    assert pixel_hash(own) == pixel_hash(drawn(loaded[name]).image)


def test_other_noise_is_drawn_in_fp32_in_any_dtype(folders: dict[str, Path]) -> None:
    setup = pipelines.prepare(device="cpu", dtype="bfloat16", threads=1, slots=1)
    pipeline = pipelines.PipelineCache(setup).get(folders["sd"], b"").pipeline
    draw_noise = vars(__import__("sys").modules[type(pipeline).__module__])["randn_tensor"]
    half = draw_noise((1, 4), generator=torch.Generator("cpu").manual_seed(7), dtype=torch.bfloat16)
    whole = torch.randn((1, 4), generator=torch.Generator("cpu").manual_seed(7))
    assert torch.equal(half, whole.to(torch.bfloat16))


@pytest.mark.parametrize(
    ("name", "kind", "negative"),
    [
        ("sd", "StableDiffusionPipeline", True),
        ("sdxl", "StableDiffusionXLPipeline", True),
        ("lcm", "LatentConsistencyModelPipeline", False),
        ("sd3", "StableDiffusion3Pipeline", True),
        ("flux", "FluxPipeline", False),
    ],
)
def test_a_folder_tells_what_it_is(folders: dict[str, Path], name: str, kind: str, negative: bool) -> None:  # noqa: FBT001 - a parameter of the test
    facts = facts_of(folders[name])
    assert (facts["pipeline_class"], facts["takes_negative_prompt"]) == (kind, negative)
    assert facts["has_image_checker"] is False
