"""A model's own settings over those of the process."""

from dataclasses import replace

from generation.engine.setup import DTYPES, Setup
from generation.models import DiffusionModel


def setup_of(model: DiffusionModel, setup: Setup) -> Setup:
    """The set-up that a model is drawn with: the process's, and the model's own settings over it."""
    return replace(
        setup,
        dtype=DTYPES.get(model.dtype, setup.dtype),
        attention=model.attention,
        channels_last=model.channels_last,
        compile=model.compile,
        offload=model.offload,
        checks_images=model.image_checker == DiffusionModel.ImageChecker.PIPELINE,
    )
