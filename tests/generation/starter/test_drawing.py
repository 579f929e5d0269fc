"""The drawing program: the same seed, the same picture; many wordings; and pictures that show what they say."""

import itertools

import numpy as np
import pytest

from generation.starter import measures
from generation.starter.drawing.captions import describe
from generation.starter.drawing.colours import COLOUR_NAMES, COLOURS, PALETTES, far_apart
from generation.starter.drawing.facts import STYLES, Facts
from generation.starter.drawing.landscapes import GROUND_NAMES
from generation.starter.drawing.motifs import MOTIF_NAMES
from generation.starter.drawing.patterns import PATTERN_NAMES
from generation.starter.drawing.scenes import Scene, compose, sample_scene
from generation.starter.drawing.styles import render


def seen(scene: Scene) -> measures.Picture:
    return render(scene, 64).astype(np.float32) / np.float32(255)


def test_the_same_seed_draws_the_same_picture_and_another_seed_another() -> None:
    assert np.array_equal(render(sample_scene(7), 64), render(sample_scene(7), 64))
    assert not np.array_equal(render(sample_scene(7), 64), render(sample_scene(8), 64))


def test_a_picture_shows_the_same_thing_at_every_size() -> None:
    scene = sample_scene(3)
    large = render(scene, 256).reshape(64, 4, 64, 4, 3).mean((1, 3))
    assert np.abs(large - render(scene, 64)).mean() < 2


def test_the_caption_alone_decides_the_composition() -> None:
    for kind, motif in (("single", "heart"), ("landscape", "city"), ("pattern", "flow lines")):
        facts = Facts(kind, "flat", motif, "yellow", "navy", other_motif="sun", other_colour="white")
        assert np.array_equal(render(compose(facts, 1), 64), render(compose(facts, 2), 64))


@pytest.mark.parametrize("ground", GROUND_NAMES)
def test_three_layers_stand_out_from_the_sky_and_from_each_other(ground: str) -> None:
    for colour, sky, palette in (("white", "sky blue", ""), ("navy", "cream", ""), ("red", "pink", "night")):
        facts = Facts("landscape", "flat", ground, colour, sky, palette=palette, other_colour="gold")
        scene = compose(facts, 1)
        shades = [scene.background, *(ink.colour for ink in scene.inks)]
        assert len(shades) == 4
        assert all(far_apart(one, other, 0.3) for one, other in itertools.pairwise(shades))


@pytest.mark.parametrize("style", STYLES)
def test_every_style_draws_every_kind_of_scene(style: str) -> None:
    for kind, motif in (("single", "boat"), ("count", "star"), ("landscape", "city"), ("pattern", "blobs")):
        facts = Facts(kind, style, motif, "yellow", "navy", count=3, other_motif="sun", other_colour="white")
        assert render(compose(facts, 1), 64).std() > 1


def test_there_is_as_much_to_ask_for_as_promised() -> None:
    assert len(COLOURS) >= 24
    assert len(PALETTES) >= 8
    assert len(MOTIF_NAMES) + len(GROUND_NAMES) + len(PATTERN_NAMES) >= 20
    assert len(STYLES) >= 7


def test_colour_words_can_be_told_apart() -> None:
    assert all(measures.nearest_colour(COLOURS[name]) == name for name in COLOUR_NAMES)


def test_one_picture_is_described_in_many_ways() -> None:
    facts = Facts("single", "watercolor", "heart", "red", "cream", place="left")
    wordings = {describe(facts, np.random.default_rng(seed)) for seed in range(100)}
    assert len(wordings) > 60
    assert sum("heart" in wording for wording in wordings) == len(wordings)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_things_can_be_counted(count: int) -> None:
    facts = Facts("count", "flat", "heart", "red", "white", count=count)
    assert measures.counted(seen(compose(facts, count))) == count


@pytest.mark.parametrize("place", ["left", "right", "top", "bottom", "top left", "bottom right"])
def test_things_stand_where_the_caption_says(place: str) -> None:
    facts = Facts("single", "flat", "circle", "red", "white", place=place)
    assert measures.stands_at(seen(compose(facts, 5)), place)


@pytest.mark.parametrize("relation", ["left of", "right of", "above", "below", "inside"])
def test_two_things_stand_as_the_caption_says(relation: str) -> None:
    facts = Facts(
        "pair", "flat", "star", "yellow", "navy", relation=relation, other_motif="circle", other_colour="red"
    )
    picture = seen(compose(facts, 5))
    assert measures.related(picture, "yellow", "red", relation)
    assert measures.background_name(picture) == "navy"
