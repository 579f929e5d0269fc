"""From a job's row to what the engine draws."""

import io
from collections.abc import Sequence

from PIL import Image

from generation.engine.adapter_files import find_adapters
from generation.engine.rendering import Drawing
from generation.models import Job, StoredFile
from generation.storage import read_bytes


def drawing_of(job: Job, indexes: Sequence[int]) -> Drawing:
    """These pictures of a job, with what they start from. Raises EngineError, FileUnavailable."""
    start = job.init_image or job.init_work
    return Drawing(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        prompts=[job.prompt_of(index) for index in indexes],
        negative_prompts=[job.negative_prompt_of(index) for index in indexes],
        prompt_weighting=job.prompt_weighting,
        seeds=[job.seed + index for index in indexes],
        steps=job.steps,
        guidance_scale=float(job.guidance_scale),
        width=job.width,
        height=job.height,
        adapters=find_adapters(job.adapters),
        mode=job.mode,
        init=_picture(start.file) if start else None,
        mask=_picture(job.mask_image.file) if job.mask_image else None,
        strength=None if job.strength is None else float(job.strength),
    )


def _picture(stored: StoredFile) -> Image.Image:
    """Our own file's pixels; its hash was checked."""
    with Image.open(io.BytesIO(read_bytes(stored))) as image:
        image.load()
        return image
