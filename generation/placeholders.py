"""What a page shows until a picture is there."""

from base64 import b64encode

from PIL import Image
from thumbhash import rgba_to_thumb_hash

LARGEST_SIDE = 100
"""pixels; the most that ThumbHash takes"""


def thumbhash_of(image: Image.Image) -> str:
    """The picture's ThumbHash in base64: some 30 characters that a page can draw at once."""
    small = image.convert("RGBA")
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    return b64encode(rgba_to_thumb_hash(small.width, small.height, small.tobytes())).decode("ascii")
