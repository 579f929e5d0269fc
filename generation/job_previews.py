"""Previews of pictures that are still being drawn: a few kilobytes in Redis for a minute.

Losing Redis loses nothing but a preview, and a preview is nobody's but the owner's.
"""

import io
import logging
from contextlib import suppress
from uuid import UUID

from django.core.cache import cache
from PIL import Image
from redis.exceptions import RedisError

from generation.models import Job
from generation.previews import XMP
from generation.queue import Claim, LeaseLostError, record_preview

KEPT_SECONDS = 60
QUALITY = 70
logger = logging.getLogger(__name__)


def keep_preview(*, claim: Claim, index: int, step: int, image: Image.Image) -> None:
    """Show what the index-th picture looks like after `step` steps. Does nothing once the lease is lost."""
    buffer = io.BytesIO()
    # Shown to somebody, so it is marked as AI-made like everything else (law 7).
    image.save(buffer, format="WEBP", quality=QUALITY, method=0, xmp=XMP.encode())
    try:
        cache.set(_key(claim.job.pk, index), buffer.getvalue(), timeout=KEPT_SECONDS)
    except RedisError as error:
        logger.info("job %s: no preview was kept: %s", claim.job.pk, error)
        return
    with suppress(LeaseLostError):
        record_preview(claim=claim, index=index, step=step)


def find_preview(*, job: Job, index: int | None) -> bytes | None:
    """The WebP of the picture's last preview (of the job's last, without an index); None when there is none now."""
    wanted = job.preview_index if index is None else index
    if job.status != Job.Status.RUNNING or wanted is None:
        return None
    try:
        found: bytes | None = cache.get(_key(job.pk, wanted))
    except RedisError as error:
        logger.info("job %s: no preview was found: %s", job.pk, error)
        return None
    return found


def _key(job_id: UUID, index: int) -> str:
    return f"job-preview:{job_id}:{index}"
