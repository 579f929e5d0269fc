"""Decoding a stranger's file: bounded, without trust, and only far enough to hash its pixels."""

import base64
import io
import warnings
import zlib
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageChops, ImageOps

from api.errors import InvalidInput
from provenance.digests import content_hash, pixel_hash, to_hex

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
MULTI_PICTURE = "MPO"
"""what Pillow calls a JPEG file with further pictures behind the first, as many cameras write"""
PNG = b"\x89PNG\r\n\x1a\n"
_SIGNATURES = (PNG, b"\xff\xd8\xff")
BORDER_TOLERANCE = 16
"""of 255: a border that was saved as JPEG is not of exactly one colour"""
THUMBNAIL_SIDE = 320
MAX_PIXELS = 4096 * 4096
"""decoding takes about six bytes of memory a pixel; four times the sides of what the platform draws"""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded picture's measures.

    `pixel_hashes`: of its pixels as they are, and as opaque RGB when that loses nothing; empty for an animation,
    which has no one set of pixels. `image`: as somebody sees it, RGB and upright, for what compares looks; None for
    an animation.
    """

    media_type: str
    width: int
    height: int
    pixel_hashes: tuple[bytes, ...]
    image: Image.Image | None = field(repr=False, compare=False)


def open_picture(data: bytes) -> Picture:
    """Decode a PNG, JPEG or WebP file.

    Raises InvalidInput for the field `file`: `file_empty`, `file_too_large`, `not_a_picture`, `too_many_pixels`,
    `picture_damaged`. Only the three decoders named are ever tried, and only after the size was looked at.
    """
    check_size(len(data))
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; the limit below is lower and is an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(_readable(data)), formats=list(MEDIA_TYPES))
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(data) from error
    except Exception as error:
        if data.startswith(_SIGNATURES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
            raise _damaged() from error
        raise _refused(
            "not_a_picture",
            "This is not a PNG, JPEG or WebP picture. Nothing was kept; choose the picture's own file.",
        ) from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels(data)
        # Whoever opens a multi-picture file sees its first picture; that is no animation.
        several = image.format == MULTI_PICTURE
        moves = getattr(image, "is_animated", False) and not several
        return Picture(
            media_type=MEDIA_TYPES["JPEG" if several else str(image.format)],
            width=image.width,
            height=image.height,
            pixel_hashes=() if moves else _pixel_hashes(image),
            image=None if moves else _as_seen(image),
        )


def _readable(data: bytes) -> bytes:
    """A PNG file without the chunks that are damaged and that its picture does not need, as browsers read it.

    A byte that was changed in the content credentials must not hide whose pixels these are.
    """
    if not data.startswith(PNG):
        return data
    kept, place = [data[: len(PNG)]], len(PNG)
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4]) + 12
        chunk = data[place : place + size]
        # PNG specification, 5.4: a small first letter marks a chunk that can be done without.
        needed = not chunk[4] & 0x20
        if needed or zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:]):
            kept.append(chunk)
        place += size
    return b"".join(kept)


def _as_seen(image: Image.Image) -> Image.Image:
    """Upright (a photograph of a screen lies on its side as often as not), on white where it is transparent."""
    upright = ImageOps.exif_transpose(image)
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    page = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(page, upright.convert("RGBA")).convert("RGB")


def within_its_border(image: Image.Image) -> Image.Image | None:
    """The picture without a border of about one colour, as around a screenshot; None when it has none."""
    flat = Image.new("RGB", image.size, image.getpixel((0, 0)))
    darker = ImageChops.difference(image, flat).convert("L")
    box = darker.point([0] * BORDER_TOLERANCE + [255] * (256 - BORDER_TOLERANCE)).getbbox()
    if box is None or box == (0, 0, *image.size):
        return None
    return image.crop(box)


def check_size(size: int) -> None:
    """Raise InvalidInput when a file of so many bytes is empty or larger than VERIFY_UPLOAD_MAX_BYTES."""
    limit = settings.VERIFY_UPLOAD_MAX_BYTES
    if size == 0:
        raise _refused("file_empty", "The file is empty. Nothing was checked; choose another one.")
    if size > limit:
        raise _refused(
            "file_too_large",
            f"The file is larger than {limit / 1_000_000:.1f} MB, the most that is checked here. Nothing was kept; "
            "ask for its SHA-256 instead: the file need not leave your computer for that.",
            status=413,
        )


def _pixel_hashes(image: Image.Image) -> tuple[bytes, ...]:
    try:
        image.load()
        hashes = [pixel_hash(image)]
        opaque = _as_opaque_rgb(image)
        return tuple(hashes if opaque is None else [*hashes, pixel_hash(opaque)])
    except Exception as error:
        raise _damaged() from error


def _as_opaque_rgb(image: Image.Image) -> Image.Image | None:
    """The same pixels in the form that works are published in; None when they are in it, or it would lose something.

    Lossless optimisers rewrite RGB as a palette, as grey or with an opaque alpha channel.
    """
    if image.mode in ("L", "1"):
        return image.convert("RGB")
    if image.mode in ("P", "LA", "PA", "RGBA"):
        with_alpha = image.convert("RGBA")
        opaque = with_alpha.getchannel("A").getextrema() == (255, 255)
        return with_alpha.convert("RGB") if opaque else None
    return None


def _too_many_pixels(data: bytes) -> InvalidInput:
    return _refused(
        "too_many_pixels",
        f"The picture has more than {MAX_PIXELS / 1_000_000:.1f} million pixels, the most that are decoded here. "
        f"Nothing was kept; ask for its SHA-256 instead: {to_hex(content_hash(data))}.",
    )


def _damaged() -> InvalidInput:
    return _refused(
        "picture_damaged",
        "The picture's file is cut short or damaged, so its pixels cannot be read. Nothing was kept; choose "
        "another copy.",
    )


def _refused(code: str, detail: str, *, status: int | None = None) -> InvalidInput:
    problem = InvalidInput.for_field("file", detail, code=code)
    return InvalidInput(detail, code=code, status=status, errors=problem.errors)


def thumbnail(file: "UploadedFile[Any]") -> str:
    """A small copy of an uploaded picture as a `data:` address, to stand beside its look-alikes. Nothing is kept."""
    file.seek(0)
    image = open_picture(file.read()).image
    if image is None:
        return ""
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
