"""Time-stamps: whose roots are trusted, and the stamp that is kept beside a file which has none inside."""

import logging
from datetime import datetime
from pathlib import Path

from django.conf import settings

from generation.models import TimeStamp, Work
from provenance import timestamps

logger = logging.getLogger(__name__)


def stamp_anchors() -> str:
    """The PEM of the roots of the configured time-stamp authority; empty when none is configured."""
    roots = settings.C2PA_TSA_ROOTS
    return Path(roots).read_text(encoding="ascii") if roots and Path(roots).is_file() else ""


def stamp_beside(work: Work, *, data: bytes) -> datetime | None:
    """When an authority that is trusted here says that the work's file existed; its token is checked once more.

    None without such a stamp, and for one that does not hold.
    """
    stamp = TimeStamp.objects.filter(work=work, state=TimeStamp.State.STAMPED).first()
    if stamp is None or stamp.token is None or not stamp_anchors():
        return None
    try:
        return timestamps.stamped_time(bytes(stamp.token), data=data, roots_pem=stamp_anchors())
    except timestamps.BadTimeStamp as error:
        logger.warning("the time-stamp of work %s does not hold: %s", work.pk, error)
        return None
