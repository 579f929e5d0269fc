"""The parts of the training that must hold for any weights."""

import pathlib

import numpy as np
import pytest
import torch

from generation.starter.checkpoints import load, save
from generation.starter.decoder_training import blend
from generation.starter.drawing.scenes import sample_scene
from generation.starter.drawing.styles import render
from generation.starter.latents import to_latents, to_small_pictures
from generation.starter.networks import TEXT_WIDTH, build_autoencoder, build_unet
from generation.starter.samples import draw
from generation.starter.schedule import rate_factor
from generation.starter.shipping import MODEL
from generation.starter.tokenizer import build_tokenizer, captions, split_words
from generation.starter.train import parse
from generation.starter.unet_training import Trainer, UnetRun
from generation.starter.warm_start import deepened, painter_weights, start_decoder, take_tokenizer


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


def test_a_deeper_network_starts_where_the_shallower_one_stopped() -> None:
    torch.manual_seed(0)
    shallow, deep = build_unet(layers=(1, 1)), build_unet(layers=(3, 2))
    for parameter in shallow.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    deep.load_state_dict(deepened(shallow.state_dict(), deep))
    inputs = (torch.randn(2, 12, 16, 16), torch.tensor([10, 900]), torch.randn(2, 5, TEXT_WIDTH))
    with torch.no_grad():
        before, after = shallow(*inputs).sample, deep(*inputs).sample
    assert before.std() > 0.1
    assert torch.allclose(before, after, atol=1e-4)


def test_a_decoder_with_more_blocks_starts_where_the_one_with_fewer_stopped(tmp_path: pathlib.Path) -> None:
    torch.manual_seed(0)
    fewer, more = (
        build_autoencoder(blocks=(2, 2, 1, 1, 0), width=48),
        build_autoencoder(blocks=(4, 3, 1, 2, 0), width=48),
    )
    for parameter in fewer.decoder.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.01)
    fewer.save_pretrained(tmp_path / "vae")
    start_decoder(more, tmp_path)
    latents = to_latents(draw([sample_scene(seed) for seed in range(2)], 64))
    with torch.no_grad():
        before, after = fewer.decode(latents).sample, more.decode(latents).sample
    assert before.std() > 0.1
    assert torch.allclose(before, after, atol=1e-4)


def test_a_blend_is_half_of_each_decoder_and_done_once(tmp_path: pathlib.Path) -> None:
    start = build_autoencoder()
    start_decoder(start, MODEL)
    weights = {name: tensor for name, tensor in start.state_dict().items() if name.startswith("decoder")}
    nothing = {name: torch.zeros_like(tensor) for name, tensor in weights.items()}
    save(tmp_path / "decoder.pt", {"average": {"autoencoder": nothing}})
    blend(tmp_path, MODEL)
    blend(tmp_path, MODEL)
    mixed = load(tmp_path / "decoder.pt")["average"]["autoencoder"]
    assert all(torch.allclose(tensor, weights[name] / 2) for name, tensor in mixed.items())
