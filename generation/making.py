"""Between a job's row and the engine: what is to be drawn, and what is said about how it was drawn."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from generation.engine import ENGINE_VERSION
from generation.models import Job, StoredFile
from generation.publishing.noting import Making
from generation.storage import read_bytes

if TYPE_CHECKING:
    from generation.engine.painter import Painter
    from generation.engine.rendering import Drawing, Drawn

FLAG_REASON = "The model's own safety checker asks for a look."


def drawing_of(job: Job, indexes: Sequence[int]) -> "Drawing":
    """The pictures of a job with these places, and what they start from. Raises EngineError, FileUnavailable."""
    # Imported here: only the process that draws loads torch (law 6).
    from generation.engine.adapter_files import find_adapters
    from generation.engine.rendering import Drawing

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


def making_of(painter: "Painter", drawing: "Drawing") -> Making:
    """What a painter's pictures say about how they were drawn."""
    return Making(
        engine_version=ENGINE_VERSION,
        model=painter.model,
        scheduler=painter.scheduler,
        reproducibility_class=painter.class_for(drawing),
        adapters=[adapter.identity for adapter in drawing.adapters],
    )


def flag_reason(drawn: "Drawn", job: Job) -> str:
    """Why a curator should look at the picture; empty when nothing speaks for it."""
    return FLAG_REASON if drawn.flagged else job.flag_reason


def safety_of(drawn: "Drawn") -> dict[str, Any]:
    """What looked at the picture, as a work keeps it."""
    verdict = drawn.verdict
    return {"checker": verdict.checker, "flagged": verdict.flagged, "scores": dict(verdict.scores)}
