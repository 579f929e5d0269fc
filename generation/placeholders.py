"""What a page shows until a picture is there."""

from base64 import b64encode

from PIL import Image
from thumbhash import rgba_to_thumb_hash

SIDE = 32
"""pixels; ThumbHash keeps at most seven waves a side"""


def thumbhash_of(image: Image.Image) -> str:
    """The picture's ThumbHash in base64: some 30 characters that a page can draw at once."""
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.convert("RGB").resize(size, Image.Resampling.BOX).convert("RGBA")
    return b64encode(rgba_to_thumb_hash(small.width, small.height, small.tobytes())).decode("ascii")
