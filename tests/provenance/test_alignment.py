import pytest
from PIL import Image, ImageEnhance

from provenance.alignment import align
from tests.provenance.drawings import landscape, saved

WHOLE = (0.0, 0.0, 1.0)


def test_a_crop_is_found_where_it_was_cut() -> None:
    original = landscape((300, 300))
    found = align(saved(original.crop((30, 15, 270, 285))), original=original, start=(0.0, 0.0, 0.92))
    assert found.is_alike
    assert found.left == pytest.approx(0.1, abs=0.02)
    assert found.top == pytest.approx(0.05, abs=0.02)
    assert found.right == pytest.approx(0.9, abs=0.02)
    assert found.bottom == pytest.approx(0.95, abs=0.02)


def test_a_darker_copy_fits_the_whole() -> None:
    original = landscape()
    found = align(ImageEnhance.Brightness(original).enhance(0.7), original=original, start=WHOLE)
    assert found.correlation > 0.99


def test_a_stranger_fits_nowhere() -> None:
    stranger = Image.radial_gradient("L").resize((256, 256)).rotate(15).convert("RGB")
    assert not align(stranger, original=landscape(), start=WHOLE).is_alike


def test_one_single_colour_fits_nothing() -> None:
    flat = Image.new("RGB", (256, 256), "teal")
    assert align(flat, original=flat, start=WHOLE).correlation == 0
