"""Time-stamps beside the files whose manifest has none: asked for until the authority answers."""

import logging
from datetime import timedelta
from pathlib import Path

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api.errors import Problem
from generation.models import TimeStamp, Work
from generation.storage import read_bytes
from provenance import timestamps

logger = logging.getLogger(__name__)

LARGEST_ANSWER = 65_536
"""bytes; a time-stamp with its certificates has a tenth of it"""


def note_stamp(work: Work, *, in_file: bool) -> None:
    """Write down whether a new work's file is stamped; nothing when no authority is configured."""
    if settings.C2PA_TSA_URL:
        state = TimeStamp.State.IN_FILE if in_file else TimeStamp.State.WANTED
        TimeStamp.objects.create(work=work, state=state, authority=settings.C2PA_TSA_URL)


def ask_for_stamps(*, at_most: int = 50) -> int:
    """Ask the authority for the stamps that are due, the longest waiting first; how many came.

    Each is claimed for a minute first, so two workers never ask for the same one. After a failure the rest waits too.
    """
    if not settings.C2PA_TSA_URL:
        return 0
    came = 0
    while came < at_most and (wish := _claim()) is not None:
        if not _try(wish):
            break
        came += 1
    return came


def _claim() -> TimeStamp | None:
    with transaction.atomic():
        due = TimeStamp.objects.filter(state=TimeStamp.State.WANTED, next_try_at__lte=timezone.now())
        wish = due.select_for_update(skip_locked=True).order_by("next_try_at", "id").first()
        if wish is not None:
            wish.next_try_at = timezone.now() + timedelta(minutes=1)
            wish.save(update_fields=["next_try_at"])
    return wish


def _try(wish: TimeStamp) -> bool:
    try:
        data = read_bytes(wish.work.file)
        question = timestamps.ask(data)
        token = _answer(question.query)
        roots = Path(settings.C2PA_TSA_ROOTS).read_text(encoding="ascii")
        wish.stamped_at = timestamps.stamped_time(token, data=data, roots_pem=roots, nonce=question.nonce)
    except (httpx.HTTPError, timestamps.BadTimeStamp, Problem, OSError, ValueError) as error:
        logger.warning("work %s has no time-stamp yet: %s", wish.work_id, error)
        wish.note_failure(str(error) or type(error).__name__)
        wish.save(update_fields=["attempts", "last_error", "next_try_at"])
        return False
    wish.state, wish.token, wish.authority, wish.last_error = (
        TimeStamp.State.STAMPED,
        token,
        settings.C2PA_TSA_URL,
        "",
    )
    wish.save(update_fields=["state", "token", "authority", "stamped_at", "last_error"])
    return True


def _answer(query: bytes) -> bytes:
    headers = {"Content-Type": timestamps.MEDIA_TYPE_QUERY}
    with httpx.stream(
        "POST", settings.C2PA_TSA_URL, content=query, headers=headers, timeout=settings.C2PA_TSA_SECONDS
    ) as response:
        response.raise_for_status()
        body = b""
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise timestamps.BadTimeStamp("the answer is too long for a time-stamp")
        return body
