"""The parts of the training that must hold for any weights."""

import pathlib

import pytest
import torch

from generation.starter.drawing.scenes import sample_scene
from generation.starter.latents import to_latents, to_small_pictures
from generation.starter.networks import build_autoencoder
from generation.starter.samples import draw
from generation.starter.schedule import rate_factor
from generation.starter.tokenizer import build_tokenizer, captions, split_words
from generation.starter.train import parse


def test_latents_are_the_picture_in_other_words() -> None:
    small = torch.rand(2, 3, 32, 32) * 2 - 1
    assert torch.allclose(to_small_pictures(to_latents(small)), small, atol=1e-6)


def test_an_untrained_decoder_already_shows_the_colours() -> None:
    pictures = draw([sample_scene(seed) for seed in range(3)], 256)
    with torch.no_grad():
        shown = build_autoencoder().decode(to_latents(pictures)).sample
    cells = torch.nn.functional.avg_pool2d(pictures, 16)
    assert (torch.nn.functional.avg_pool2d(shown, 16) - cells).abs().mean() < 0.15


def test_the_learning_rate_rises_stays_and_falls() -> None:
    assert rate_factor(0, 0.0) < rate_factor(10, 0.0) < rate_factor(500, 0.3) == 1.0
    assert rate_factor(500, 0.99) < 0.1


def test_every_word_we_draw_is_one_token_and_others_fall_into_pieces(tmp_path: pathlib.Path) -> None:
    tokenizer = build_tokenizer(tmp_path)
    for word in {word for caption in captions(200) for word in split_words(caption)}:
        assert len(tokenizer(word).input_ids) <= 3
    strange = "ünïcode 漢字 😀 photorealistic"
    ids = tokenizer(strange, truncation=True).input_ids
    told = str(tokenizer.decode(ids, skip_special_tokens=True))
    assert told.replace(" ", "") == strange.replace(" ", "")


def test_a_misspelt_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["unet", "exprot"])
    assert "no such stage: exprot" in capsys.readouterr().err
