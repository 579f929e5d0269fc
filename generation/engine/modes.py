"""Pictures that start from pictures: which pipeline draws them, and what it is given."""

from typing import Any

from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting
from PIL import Image, ImageOps

from generation.engine.errors import EngineError
from generation.engine.loading import Loaded
from generation.engine.noise import draw_in_fp32
from generation.engine.plain_network import let_it_inpaint
from generation.modes import Mode

SIBLINGS = {Mode.INPAINTING: AutoPipelineForInpainting}
"""from which class diffusers makes the pipeline of a mode; the other modes that start from a picture share one"""
MASKED_FROM = 128
"""a mask's grey from which a pixel is drawn anew"""


def pipeline_for(loaded: Loaded, mode: str) -> Any:  # noqa: ANN401 - diffusers has no types
    """The pipeline that draws in this mode, made once from the loaded one; they share every weight.

    Raises EngineError when there is none of that kind.
    """
    if mode == Mode.TEXT_TO_IMAGE:
        return loaded.pipeline
    maker = SIBLINGS.get(Mode(mode), AutoPipelineForImage2Image)
    if maker.__name__ not in loaded.siblings:
        try:
            sibling = maker.from_pipe(loaded.pipeline)
        except ValueError as error:
            words = mode.replace("_", " ")
            raise EngineError("not_drawable", f"This model cannot do {words}. Choose another model.") from error
        sibling.set_progress_bar_config(disable=True)
        draw_in_fp32(sibling)
        if mode == Mode.INPAINTING:
            let_it_inpaint(sibling)
        loaded.siblings[maker.__name__] = sibling
    return loaded.siblings[maker.__name__]


def picture_arguments(
    *, mode: str, init: Image.Image, mask: Image.Image | None, strength: float, width: int, height: int, count: int
) -> dict[str, Any]:
    """What a pipeline that starts from a picture is given, for `count` pictures of one size in pixels."""
    arguments: dict[str, Any] = {"image": [fitted(init, width, height)] * count, "strength": strength}
    if mode == Mode.INPAINTING:
        assert mask is not None
        arguments["mask_image"] = [fitted_mask(mask, width, height)] * count
    return arguments


def fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """RGB in this size, Lanczos; what sticks out of its proportions is cut off evenly."""
    return ImageOps.fit(picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS)


def fitted_mask(mask: Image.Image, width: int, height: int) -> Image.Image:
    """Black and white in this size: white is drawn anew."""
    grey = ImageOps.fit(mask.convert("L"), (width, height), Image.Resampling.NEAREST)
    return grey.point(lambda value: 255 if value >= MASKED_FROM else 0)


def kept_outside(drawn: Image.Image, *, init: Image.Image, mask: Image.Image) -> Image.Image:
    """The drawn picture where the mask is light, the original, pixel for pixel, where it is dark."""
    size = drawn.size
    return Image.composite(drawn, fitted(init, *size), fitted_mask(mask, *size))
