"""The parts of the training that must hold for any weights."""

import pathlib

import numpy as np
import pytest
import torch

from generation.starter.drawing.scenes import sample_scene
from generation.starter.drawing.styles import render
from generation.starter.latents import to_latents, to_small_pictures
from generation.starter.networks import build_autoencoder
from generation.starter.samples import draw
from generation.starter.schedule import rate_factor
from generation.starter.shipping import MODEL
from generation.starter.tokenizer import build_tokenizer, captions, split_words
from generation.starter.train import parse
from generation.starter.unet_training import Trainer, UnetRun
from generation.starter.warm_start import painter_weights, take_tokenizer


def test_latents_are_the_picture_in_other_words() -> None:
    small = torch.rand(2, 3, 32, 32) * 2 - 1
    assert torch.allclose(to_small_pictures(to_latents(small)), small, atol=1e-6)


def test_an_untrained_decoder_already_shows_the_picture() -> None:
    pictures = draw([sample_scene(seed) for seed in range(3)], 256)
    with torch.no_grad():
        shown = build_autoencoder().decode(to_latents(pictures)).sample
    small = torch.nn.functional.avg_pool2d(pictures, 8)
    assert (torch.nn.functional.avg_pool2d(shown, 8) - small).abs().mean() < 0.06


def test_the_encoder_computes_the_latents_without_training() -> None:
    pictures = draw([sample_scene(seed) for seed in range(2)], 256)
    with torch.no_grad():
        encoded = build_autoencoder().encode(pictures).latents
    assert (encoded - to_latents(pictures)).abs().max() < 1e-5


def test_a_second_run_starts_from_the_shipped_weights_and_draws_other_pictures(tmp_path: pathlib.Path) -> None:
    take_tokenizer(MODEL, tmp_path)
    trainer = Trainer(UnetRun(tmp_path, 1, start_from=MODEL, first_seed=2**32), 0)
    for name, weights in painter_weights(MODEL).items():
        assert all(torch.equal(tensor, weights[key]) for key, tensor in trainer.modules[name].state_dict().items())
    assert not np.array_equal(render(sample_scene(0), 64), render(sample_scene(2**32), 64))


def test_the_learning_rate_rises_stays_and_falls() -> None:
    assert rate_factor(0, 0.0) < rate_factor(10, 0.0) < rate_factor(500, 0.3) == 1.0
    assert rate_factor(500, 0.99) < 0.1


def test_every_word_we_draw_is_one_token_and_others_fall_into_pieces(tmp_path: pathlib.Path) -> None:
    tokenizer = build_tokenizer(tmp_path, learn_from=2000)
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
