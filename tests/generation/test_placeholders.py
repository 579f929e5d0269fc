import base64

from PIL import Image
from thumbhash import thumb_hash_to_average_rgba

from generation.placeholders import thumbhash_of


def test_a_placeholder_has_the_pictures_colour() -> None:
    text = thumbhash_of(Image.new("RGB", (512, 256), (20, 130, 130)))
    red, green, blue, alpha = thumb_hash_to_average_rgba(base64.b64decode(text))
    assert [round(each * 255, -1) for each in (red, green, blue, alpha)] == [20, 130, 130, 260]
