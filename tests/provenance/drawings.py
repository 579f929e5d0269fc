"""A picture as it might be drawn here, and a lossy copy."""

import io

from PIL import Image, ImageDraw


def landscape(size: tuple[int, int] = (256, 256)) -> Image.Image:
    """A sky of one gradient, a sun and a hill: flat, as the pictures drawn here are."""
    sky = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (sky.point(lambda v: 40 + v // 2), sky.point(lambda v: 70 + v // 3), sky))
    pen = ImageDraw.Draw(picture)
    width, height = size
    pen.ellipse((width // 5, height // 5, width // 2, height // 2), fill=(240, 180, 60))
    pen.polygon([(0, height), (width // 2, height // 2), (width, height)], fill=(20, 60, 50))
    return picture


def saved(image: Image.Image, quality: int = 75) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")
