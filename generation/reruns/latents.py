"""The latents of works, kept for a while so that an audit can open two of them; nobody but a worker reads them.

They are kept, not drawn again: drawing them again costs what the picture cost, an audit a fraction of it.
"""

import logging
import zlib
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Sum
from django.utils import timezone

from generation.errors import StorageFull
from generation.models import Trajectory
from generation.storage import store_plain

logger = logging.getLogger(__name__)

FOLDER = "trajectories"
"""of the media storage; not served by any address"""


def packed(latents: Sequence[bytes]) -> bytes:
    """All steps in one piece: what changed since the step before, bytes of equal weight together, deflated.

    Of noise there is little to compress: four fifths remain (docs/REPRODUCE.md). Raises ValueError for steps of
    different sizes.
    """
    if len({len(each) for each in latents}) != 1:
        raise ValueError("the latents of a picture have one size")
    steps = np.frombuffer(b"".join(latents), dtype="<u4").reshape(len(latents), -1).copy()
    steps[1:] ^= steps[:-1].copy()
    # Nothing repeats in noise: looking for it takes twice the time and gains no byte.
    deflate = zlib.compressobj(level=1, memLevel=9, strategy=zlib.Z_HUFFMAN_ONLY)
    return deflate.compress(steps.view(np.uint8).reshape(-1, 4).T.tobytes()) + deflate.flush()


def unpacked(data: bytes, *, leaves: int) -> list[bytes]:
    """The inverse. Raises ValueError for what is none."""
    try:
        planes = np.frombuffer(zlib.decompress(data), dtype=np.uint8)
    except zlib.error as error:
        raise ValueError(f"these are no packed latents: {error}") from error
    if not planes.size or planes.size % (4 * leaves):
        raise ValueError(f"these are not the latents of {leaves} steps")
    changes = np.frombuffer(planes.reshape(4, -1).T.tobytes(), dtype="<u4").reshape(leaves, -1)
    return [step.tobytes() for step in np.bitwise_xor.accumulate(changes, axis=0)]


def keep_latents(latents: Sequence[bytes]) -> tuple[str, int]:
    """Store them; the path in the media storage and the bytes taken, or none of both where they are not to be kept.

    A picture is never lost for them: where there is no room they are left out, and the root stays committed to.
    """
    if not settings.TRAJECTORY_DAYS or sum(map(len, latents)) > settings.TRAJECTORY_MAX_BYTES:
        return "", 0
    data = packed(latents)
    try:
        return store_plain(data=data, folder=FOLDER, extension="z"), len(data)
    except StorageFull:
        logger.warning("no room for the latents of a picture: it cannot be audited, only run again")
        return "", 0


def kept_latents(trajectory: Trajectory) -> list[bytes] | None:
    """What was kept; None when it is there no more, or damaged. Whether it is what was committed to, proofs tell."""
    if not trajectory.path:
        return None
    try:
        with default_storage.open(trajectory.path, "rb") as file:
            return unpacked(file.read(), leaves=trajectory.leaves)
    except (OSError, ValueError) as error:
        logger.warning("the latents of the work %s cannot be read: %s", trajectory.work_id, error)
        return None


def drop_old_latents(*, at_most: int = 1000) -> int:
    """Remove what is older than TRAJECTORY_DAYS, and the oldest of what exceeds TRAJECTORY_BUDGET_BYTES; how many."""
    kept = Trajectory.objects.exclude(path="").order_by("created_at")
    limit = timezone.now() - timedelta(days=settings.TRAJECTORY_DAYS)
    excess = (kept.aggregate(size=Sum("size"))["size"] or 0) - settings.TRAJECTORY_BUDGET_BYTES
    dropped = 0
    for trajectory in kept[:at_most]:
        if trajectory.created_at >= limit and excess <= 0:
            break
        excess -= trajectory.size
        _drop(trajectory)
        dropped += 1
    return dropped


def _drop(trajectory: Trajectory) -> None:
    path = trajectory.path
    # The row first: a file that nobody names is harmless, a row that names no file is not.
    Trajectory.objects.filter(pk=trajectory.pk).update(path="", size=0)
    # Two works with the same latents share a file.
    if not Trajectory.objects.filter(path=path).exists():
        default_storage.delete(path)
