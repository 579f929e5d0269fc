"""Between a job's row and the engine: what is to be drawn, and what is said about how it was drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from generation.engine import ENGINE_VERSION
from generation.models import Job
from generation.publish import Making

if TYPE_CHECKING:
    from generation.engine.painter import Painter
    from generation.engine.rendering import Drawing, Drawn

FLAG_REASON = "The model's own safety checker asks for a look."


def drawing_of(job: Job, indexes: Sequence[int]) -> "Drawing":
    """The pictures of a job with these places in it."""
    # Imported here: only the process that draws loads torch (law 6).
    from generation.engine.rendering import Drawing

    return Drawing(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        seeds=[job.seed + index for index in indexes],
        steps=job.steps,
        guidance_scale=float(job.guidance_scale),
        width=job.width,
        height=job.height,
    )


def making_of(painter: "Painter") -> Making:
    """What a painter's pictures say about how they were drawn."""
    return Making(
        engine_version=ENGINE_VERSION,
        model=painter.model,
        scheduler=painter.scheduler,
        reproducibility_class=painter.reproducibility_class,
    )


def flag_reason(drawn: "Drawn") -> str:
    """Why a curator should look at the picture; empty when nothing speaks for it."""
    return FLAG_REASON if drawn.flagged else ""
