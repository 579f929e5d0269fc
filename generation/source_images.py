"""Uploads to start pictures from: decoded without trust, kept as plain pixels, seen by their owner only."""

import io
import warnings

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from PIL import Image, ImageOps

from accounts.models import Person
from api.errors import InvalidInput
from generation.errors import ImageInUse, TooManyImages
from generation.models import SourceImage
from generation.storage import store_bytes
from provenance.credentials import keep_marks
from provenance.digests import pixel_hash

FORMATS = ("PNG", "JPEG", "WEBP")
TITLE = "An uploaded picture"
"""what the manifest of a picture made from it calls it: a file's name would tell more than its owner may want"""
ARCHIVE_TYPE = "application/c2pa"
MAX_PIXELS = 4096 * 4096
"""decoding takes about six bytes of memory a pixel"""


def keep_image(*, person: Person, data: bytes) -> SourceImage:
    """Keep a PNG, JPEG or WebP to start pictures from: upright, opaque RGB, without its metadata.

    Its content credentials (C2PA) are put aside, and carried into what is made from it. The same picture again is
    the same upload; credentials that it lacked until then are added. Raises InvalidInput for the field `file`
    (`file_empty`, `file_too_large`, `not_a_picture`, `too_many_pixels`, `picture_damaged`, `picture_moves`),
    TooManyImages, StorageFull.
    """
    image = read_picture(data)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    marks = keep_marks(data, media_type=_media_type(data), title=TITLE)
    with transaction.atomic():
        # Under a lock on the person, so that two uploads at once cannot both be the last one allowed.
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        stored = store_bytes(data=buffer.getvalue(), media_type="image/png", is_public=False)
        kept = SourceImage.objects.filter(person=person, file=stored).first()
        if kept is not None:
            return _with_marks(kept, marks)
        limit = settings.SOURCE_IMAGES_PER_PERSON
        if SourceImage.objects.filter(person=person).count() >= limit:
            raise TooManyImages(
                f"You keep {limit} uploads, as many as one person may. Delete one that you no longer need first."
            )
        new = SourceImage(person=person, file=stored, pixel_hash=pixel_hash(image))
        new.width, new.height = image.size
        return _with_marks(new, marks)


def _with_marks(image: SourceImage, marks: bytes | None) -> SourceImage:
    """Save the upload with its credentials; the first that it ever came with stay."""
    if marks is not None and image.credentials is None:
        image.credentials = store_bytes(data=marks, media_type=ARCHIVE_TYPE, is_public=False)
    image.save()
    return image


def _media_type(data: bytes) -> str:
    """Of a file that was read as one of FORMATS."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return Image.MIME["JPEG" if image.format == "MPO" else str(image.format)]


def delete_image(*, image: SourceImage) -> None:
    """Forget an upload. Raises ImageInUse when a job or a work was made from it: its recipe names it."""
    try:
        image.delete()
    except ProtectedError as error:
        raise ImageInUse("Pictures were made from this upload, and their recipes name it, so it is kept.") from error


def check_size(size: int) -> None:
    """Raise InvalidInput when a file of so many bytes is empty or larger than SOURCE_IMAGE_MAX_BYTES."""
    limit = settings.SOURCE_IMAGE_MAX_BYTES
    if size == 0:
        raise _refused("file_empty", "The file is empty. Nothing was kept; choose another one.")
    if size > limit:
        detail = f"The file is larger than {limit / 1_000_000:.1f} MB. Nothing was kept; choose a smaller one."
        raise _refused("file_too_large", detail, status=413)


def read_picture(data: bytes) -> Image.Image:
    """The picture in a stranger's file: upright, on white where it is transparent, RGB. Raises InvalidInput."""
    check_size(len(data))
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; the limit below is lower and is an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Exception as error:
        detail = "This is not a PNG, JPEG or WebP picture, or it is damaged. Nothing was kept; choose another file."
        raise _refused("not_a_picture", detail) from error
    with image:
        # Looked at before anything is decoded.
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels()
        if getattr(image, "is_animated", False) and image.format != "MPO":
            raise _refused("picture_moves", "This is an animation. Nothing was kept; choose a still picture.")
        try:
            image.load()
            return _flat(ImageOps.exif_transpose(image))
        except Exception as error:
            detail = "The picture's file is cut short or damaged. Nothing was kept; choose another copy."
            raise _refused("picture_damaged", detail) from error


def _flat(image: Image.Image) -> Image.Image:
    """Opaque RGB in new memory: nothing of the file but its pixels."""
    layered = image.convert("RGBA")
    flat = Image.new("RGBA", layered.size, "white")
    flat.alpha_composite(layered)
    return flat.convert("RGB")


def _too_many_pixels() -> InvalidInput:
    limit = f"{MAX_PIXELS / 1_000_000:.1f} million"
    return _refused("too_many_pixels", f"The picture has over {limit} pixels. Nothing was kept; make it smaller.")


def _refused(code: str, detail: str, *, status: int | None = None) -> InvalidInput:
    problem = InvalidInput.for_field("file", detail, code=code)
    return InvalidInput(detail, code=code, status=status, errors=problem.errors)
