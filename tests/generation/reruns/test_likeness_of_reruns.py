"""When two pictures are near enough to have come from one recipe in different classes."""

import numpy as np
import pytest
from PIL import Image

from generation.reruns.judging import LEAST_PSNR, MOST_PDQ, judge_pictures
from tests.provenance.drawings import landscape


def grainy(picture: Image.Image, strength: float) -> Image.Image:
    """Every pixel a little off, as other rounding leaves it."""
    noise = np.random.default_rng(1).normal(0, strength, (*picture.size[::-1], 3))
    return Image.fromarray(np.clip(np.rint(np.asarray(picture) + noise), 0, 255).astype(np.uint8))


def test_equal_renders_are_bit_exact() -> None:
    assert judge_pictures(there=landscape(), here=landscape(), equal_renders=True).result == "bit-exact"


@pytest.mark.parametrize(("strength", "result"), [(0.8, "within-tolerance"), (2.0, "differs")])
def test_the_error_of_the_pixels_decides(strength: float, result: str) -> None:
    judged = judge_pictures(there=landscape(), here=grainy(landscape(), strength), equal_renders=False)
    assert (judged.result, judged.psnr >= LEAST_PSNR) == (result, result != "differs")


def test_a_flat_picture_is_not_judged_by_a_hash_that_says_nothing() -> None:
    flat = Image.new("RGB", (256, 256), (40, 90, 90))
    judged = judge_pictures(there=flat, here=grainy(flat, 0.5), equal_renders=False)
    assert judged.pdq_distance > MOST_PDQ
    assert judged.result == "within-tolerance"


def test_another_size_is_another_picture() -> None:
    judged = judge_pictures(there=landscape(), here=landscape((128, 128)), equal_renders=False)
    assert (judged.result, judged.pdq_distance) == ("differs", 256)
