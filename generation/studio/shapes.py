"""Picture shapes by name, in pixels that a model takes: about as many of them as in its own size."""

import math

from generation.models import DiffusionModel

SHAPES = {
    "square": ("Square", 1.0),
    "portrait": ("Portrait", 3 / 4),
    "tall": ("Tall", 9 / 16),
    "landscape": ("Landscape", 4 / 3),
    "wide": ("Wide", 16 / 9),
}
"""name → words, and width over height"""


def size_of(shape: str, *, model: DiffusionModel) -> tuple[int, int]:
    """Width and height in pixels, both within what the model takes."""
    ratio = SHAPES[shape][1]
    area = model.default_width * model.default_height
    width = math.sqrt(area * ratio)
    # Where the longer side would be too long, the shape matters more than the area.
    shrink = min(1.0, model.max_side / max(width, width / ratio))
    return _side(width * shrink, model), _side(width / ratio * shrink, model)


def _side(pixels: float, model: DiffusionModel) -> int:
    multiple = model.size_multiple
    largest = model.max_side // multiple * multiple
    return min(largest, max(multiple, round(pixels / multiple) * multiple))
