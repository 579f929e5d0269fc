"""Changes of mints that watchers see: the revision grows in the same UPDATE, and is told to Redis after the commit."""

import logging
from functools import cache
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from minting.models import Mint

logger = logging.getLogger(__name__)


def change_mints(mints: QuerySet[Mint], **fields: Any) -> int:  # noqa: ANN401 - values of any model field
    """Set fields of the matching mints, grow their revision and tell watchers once this is committed.

    Returns how many changed. Call it in a transaction.
    """
    ids = list(mints.order_by("id").select_for_update().values_list("id", flat=True))
    changed = Mint.objects.filter(id__in=ids).update(revision=F("revision") + 1, **fields)
    transaction.on_commit(lambda: _publish(ids))
    return changed


def _publish(ids: list[UUID]) -> None:
    """Tell the channels `mint:<id>` the committed revisions. Readers poll too, so a failure costs a second only."""
    revisions = Mint.objects.filter(id__in=ids).values_list("id", "revision")
    try:
        for mint_id, revision in revisions:
            _redis().publish(f"mint:{mint_id}", str(revision))
    except redis.RedisError as error:
        logger.info("watchers were not told: %s", error)


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
