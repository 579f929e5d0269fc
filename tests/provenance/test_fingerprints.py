import io

import pytest
from PIL import Image, ImageEnhance

from provenance.fingerprints import LEAST_QUALITY, NEAR, TILES, distance, iscc_image_code, pdq, tiles

RADIAL = Image.radial_gradient("L").convert("RGB")
SLANTED = Image.linear_gradient("L").rotate(30).convert("RGB")


def test_the_hash_is_the_one_of_the_reference_program() -> None:
    # pdqhash 0.2.8 (ThreatExchange's C++) for the same pictures at 512 by 512.
    assert (pdq(RADIAL).bits.hex(), pdq(RADIAL).quality) == (REFERENCE_RADIAL, 87)
    assert (pdq(SLANTED).bits.hex(), pdq(SLANTED).quality) == (REFERENCE_SLANTED, 100)


def test_half_of_the_bits_are_set() -> None:
    assert int.from_bytes(pdq(SLANTED).bits).bit_count() == 128


def saved(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


@pytest.mark.parametrize(
    "copy",
    [
        saved(SLANTED, 50),
        SLANTED.resize((128, 128)),
        SLANTED.resize((700, 500)),
        ImageEnhance.Brightness(SLANTED).enhance(0.8),
        SLANTED.convert("L"),
    ],
    ids=["JPEG 50", "half", "stretched", "darker", "grey"],
)
def test_a_copy_stays_near(copy: Image.Image) -> None:
    assert distance(pdq(copy).bits, pdq(SLANTED).bits) <= NEAR


def test_different_pictures_are_far_apart() -> None:
    assert distance(pdq(RADIAL).bits, pdq(SLANTED).bits) > 80


def test_a_flat_picture_has_no_quality() -> None:
    assert pdq(Image.new("RGB", (256, 256), "teal")).quality == 0 < LEAST_QUALITY


def test_there_is_a_crop_for_each_tile() -> None:
    sizes = [tile.size for tile in tiles(SLANTED)]
    assert len(sizes) == len(TILES) == 18
    assert set(sizes[:9]) <= {(235, 235), (236, 236), (235, 236), (236, 235)}


def test_the_iscc_is_an_image_code_of_256_bits() -> None:
    assert iscc_image_code(RADIAL) == ISCC_RADIAL


def test_an_even_border_does_not_change_the_iscc() -> None:
    framed = Image.new("RGB", (300, 300), SLANTED.getpixel((0, 0)))
    framed.paste(SLANTED, (20, 20))
    assert iscc_image_code(framed) == iscc_image_code(SLANTED)


REFERENCE_RADIAL = "e664c9c8a99803766e6788dc999972666666ddd99999366666669dd919990a66"
REFERENCE_SLANTED = "ba9b052a8a5145aefb532aa4f94a2eb5c14a7d9401eb7c168be9681e8be5785e"
ISCC_RADIAL = "ISCC:EED65CEZG7TJRWJB7YKZYYDGKPMSHMWXTFTLFYENA5ZITGJ4OLJJ6ZA"
