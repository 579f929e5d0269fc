"""What happens to pictures on their way through the world."""

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from provenance.digests import pixel_hash

Edit = Callable[[Image.Image], Image.Image]


def saved(image: Image.Image, quality: int) -> Image.Image:
    """A JPEG copy."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def saved_as_webp(image: Image.Image, quality: int) -> Image.Image:
    """A lossy WebP copy."""
    file = io.BytesIO()
    image.save(file, "WEBP", quality=quality)
    return Image.open(file).convert("RGB")


def half(image: Image.Image) -> Image.Image:
    """At half the width and height."""
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def brighter(image: Image.Image) -> Image.Image:
    """By a fifth."""
    return ImageEnhance.Brightness(image).enhance(1.2)


def cropped(image: Image.Image, share: float) -> Image.Image:
    """By so much at each side."""
    across, down = image.width * share, image.height * share
    return image.crop((round(across), round(down), round(image.width - across), round(image.height - down)))


def cropped_anywhere(image: Image.Image) -> Image.Image:
    """By up to 18 percent altogether, at any sides, and saved again; the same for the same picture."""
    chance = random.Random(pixel_hash(image))
    across, down = chance.uniform(0, 0.18) * image.width, chance.uniform(0, 0.18) * image.height
    left, top = chance.uniform(0, across), chance.uniform(0, down)
    box = (round(left), round(top), round(image.width - across + left), round(image.height - down + top))
    return saved(image.crop(box), 75)


def captioned(image: Image.Image) -> Image.Image:
    """With a box of text over the lowest eighth."""
    copy = image.copy()
    pen = ImageDraw.Draw(copy)
    pen.rectangle((0, image.height * 7 // 8, image.width, image.height), fill="white")
    pen.text((8, image.height * 7 // 8 + 8), "look at this", fill="black")
    return copy


MARK_EDITS: dict[str, Edit] = {
    "untouched": lambda image: image,
    "JPEG 75": lambda image: saved(image, 75),
    "half size": half,
    "half, JPEG 75": lambda image: saved(half(image), 75),
    "JPEG 75, half": lambda image: half(saved(image, 75)),
    "JPEG 50": lambda image: saved(image, 50),
    "WebP 80": lambda image: saved_as_webp(image, 80),
    "grey": lambda image: image.convert("L"),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "brighter": brighter,
    "cropped 5 %": lambda image: cropped(image, 0.05),
}
LIKENESS_EDITS: dict[str, Edit] = {
    "JPEG 50": lambda image: saved(image, 50),
    "half size": half,
    "half, JPEG 75": lambda image: saved(half(image), 75),
    "brighter": brighter,
    "grey, blurred": lambda image: ImageOps.grayscale(image).filter(ImageFilter.GaussianBlur(1)).convert("RGB"),
    "cropped 2 %": lambda image: cropped(image, 0.02),
    "cropped 5 %": lambda image: cropped(image, 0.05),
    "cropped 0-18 %": cropped_anywhere,
    "captioned": captioned,
}
