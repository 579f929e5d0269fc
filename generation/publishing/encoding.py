"""The published file's format: PNG keeps every pixel, JPEG and WebP are smaller and change them a little."""

import io
import zlib
from dataclasses import dataclass

import PIL
from PIL import Image

from generation.models import Job

MEDIA_TYPES = {Job.Format.PNG: "image/png", Job.Format.JPEG: "image/jpeg", Job.Format.WEBP: "image/webp"}
LEAST_QUALITY, DEFAULT_QUALITY = 75, 92
"""of JPEG and WebP; under 75 the watermark suffers"""
PNG_OPTIONS = {"compress_level": 1, "compress_type": zlib.Z_RLE}
"""marked pictures repeat little but single bytes: a quarter of the default's time at 256 pixels for as many bytes"""


@dataclass(frozen=True, kw_only=True)
class EncodedPicture:
    """A file without credentials, and the picture that whoever decodes it sees: of that one the pixel hash is taken.

    `note` says how it was encoded. JPEG is written without colour subsampling, so that decoders differ as little as
    can be; the hash is of what libjpeg-turbo (inside Pillow, and in the common browsers) decodes.
    """

    data: bytes
    media_type: str
    image: Image.Image
    note: dict[str, str]


def encode(image: Image.Image, *, output_format: str, quality: int | None) -> EncodedPicture:
    """Encode an RGB picture. `quality` is for JPEG and WebP, 75 to 100; None takes 92."""
    chosen = Job.Format(output_format)
    note = {"format": chosen.value, "encoder": f"Pillow {PIL.__version__}"}
    if chosen is Job.Format.PNG:
        data = _saved(image, "PNG", **PNG_OPTIONS)
        return EncodedPicture(data=data, media_type=MEDIA_TYPES[chosen], image=image, note=note)
    quality = DEFAULT_QUALITY if quality is None else quality
    options = {"subsampling": 0} if chosen is Job.Format.JPEG else {"method": 4}
    data = _saved(image, chosen.name, quality=quality, **options)
    with Image.open(io.BytesIO(data)) as file:
        decoded = file.convert("RGB")
    return EncodedPicture(
        data=data, media_type=MEDIA_TYPES[chosen], image=decoded, note={**note, "quality": str(quality)}
    )


def _saved(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()
