"""Text encoders are asked once for the same words, and nobody can tell from the pictures."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from generation import registry
from generation.engine import pipelines
from generation.engine.adapters import Applied, put_on
from generation.engine.remembering import MOST, Remembering
from generation.engine.rendering import Drawing, draw
from tests.generation.tiny_models import save_flux, save_lora, save_sd3, save_sdxl

SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)
SUN = Drawing(prompt="a sun", negative_prompt="", seeds=[7], steps=2, guidance_scale=2, width=64, height=64)


def tiny_sd(_folder: Path) -> Path:
    return registry.ensure_tiny_model()


def loaded_from(folder: Path) -> pipelines.Loaded:
    return pipelines.PipelineCache(SETUP).get(folder, b"")


def pixels(loaded: pipelines.Loaded, drawing: Drawing = SUN) -> bytes:
    (drawn,) = draw(loaded, drawing, setup=SETUP, on_step=lambda _: None)
    return drawn.image.tobytes()


def encoders(loaded: pipelines.Loaded) -> list[Any]:
    return [part for name, part in loaded.pipeline.components.items() if name.startswith("text_encoder")]


@pytest.mark.parametrize("save", [tiny_sd, save_sdxl, save_sd3, save_flux])
def test_pictures_are_the_same_as_when_each_is_asked_for_anew(save: Callable[[Path], Path], tmp_path: Path) -> None:
    loaded = loaded_from(save(tmp_path / "model"))
    first, again = pixels(loaded), pixels(loaded)
    for encoder in encoders(loaded):
        assert isinstance(encoder.forward, Remembering)
        del encoder.forward
    assert (first, again) == (pixels(loaded), pixels(loaded))


def asked(loaded: pipelines.Loaded, *prompts: str) -> int:
    """How often the encoder itself is asked while these are drawn, one after the other."""
    (encoder,) = encoders(loaded)
    questions: list[object] = []
    handle = next(encoder.children()).register_forward_pre_hook(lambda _part, given: questions.append(given))
    for prompt in prompts:
        pixels(loaded, replace(SUN, prompt=prompt))
    handle.remove()
    return len(questions)


def test_words_and_the_empty_negative_prompt_are_encoded_once() -> None:
    assert asked(loaded_from(registry.ensure_tiny_model()), "a sun", "a sun", "a moon", "a sun") == 3


def test_with_other_weights_they_are_encoded_anew(tmp_path: Path) -> None:
    loaded = loaded_from(registry.ensure_tiny_model())
    assert asked(loaded, "a sun") == 2
    file = save_lora(tmp_path / "teal.safetensors", seed=1)
    put_on(loaded, (Applied(slug="teal", source="teal", file=file, digest="0x00", weight="1"),))
    assert encoders(loaded)[0].forward._answers == {}


def test_an_answer_that_is_changed_changes_no_other() -> None:
    remembering = Remembering(lambda value: (value + 1,))
    (first,) = remembering(torch.zeros(2))
    first.zero_()
    assert remembering(torch.zeros(2))[0].tolist() == [1, 1]


def numbered() -> Remembering:
    """Gives every question it is really asked the next number."""
    numbers = itertools.count()
    return Remembering(lambda _value: next(numbers))


def test_the_oldest_answers_are_forgotten() -> None:
    remembering = numbered()
    assert [remembering(value) for value in range(MOST + 1)] == list(range(MOST + 1))
    assert (remembering(1), remembering(0)) == (1, MOST + 1)


@pytest.mark.parametrize("other", [torch.ones(2, 1), torch.ones(2, dtype=torch.int32), torch.zeros(2), [1.0, 1.0]])
def test_another_shape_kind_or_value_is_another_question(other: object) -> None:
    remembering = numbered()
    assert (remembering(torch.ones(2)), remembering(other), remembering(torch.ones(2))) == (0, 1, 0)
