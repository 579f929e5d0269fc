"""What kinds of pipelines can do. Read from their names, so that the web knows it without torch.

A test holds the modes against the pipelines that diffusers itself maps to each other.
"""

from enum import StrEnum

from generation.modes import Mode


class Family(StrEnum):
    """Whose text encoders, latents and adapters fit together."""

    SD = "sd"
    SDXL = "sdxl"
    SD3 = "sd3"
    FLUX = "flux"
    OTHER = "other"


FAMILIES = {
    "StableDiffusionPipeline": Family.SD,
    "LatentConsistencyModelPipeline": Family.SD,
    "StableDiffusionXLPipeline": Family.SDXL,
    "StableDiffusion3Pipeline": Family.SD3,
    "FluxPipeline": Family.FLUX,
}
NO_INPAINTING = frozenset({"LatentConsistencyModelPipeline"})
NO_NEGATIVE_PROMPT = frozenset({"LatentConsistencyModelPipeline", "FluxPipeline"})
"""distilled: guidance is an input of the network, there is no second pass that a negative prompt could steer"""


WEIGHTABLE = frozenset({Family.SD, Family.SDXL, Family.FLUX})
"""families whose text encoders compel knows"""


def takes_prompt_weighting(pipeline_class: str) -> bool:
    """Whether words of a prompt can be weighted."""
    return family_of(pipeline_class) in WEIGHTABLE


def family_of(pipeline_class: str) -> Family:
    """The family of a pipeline's class name."""
    return FAMILIES.get(pipeline_class, Family.OTHER)


def modes_of(pipeline_class: str) -> list[Mode]:
    """What a pipeline can do. One of an unknown class draws from text, which the engine checks when it loads it."""
    if pipeline_class not in FAMILIES:
        return [Mode.TEXT_TO_IMAGE]
    return [mode for mode in Mode if mode is not Mode.INPAINTING or pipeline_class not in NO_INPAINTING]
