"""Wake the chain worker. Only a hint (law 1): beat drives what was forgotten.

One wake-up is enough for all who ask while it waits: what they committed before is read when it is taken. A thousand
mints at once would otherwise bring a thousand rounds, each of a few mints and each with its questions to the chain.
"""

import logging

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

DRIVE = "minting.drive"
WAITING = "minting.drive.waits"
WAITING_SECONDS = 5
"""a wake-up that was lost stands in the way of others for so long; beat comes more often"""


def wake_chain_worker_on_commit() -> None:
    """Send a wake-up once the surrounding transaction has committed; a failure is logged, never raised."""
    transaction.on_commit(_send)


def note_woken() -> None:
    """A wake-up was taken: call it before anything is read, so that whoever commits later sends the next one."""
    try:
        cache.delete(WAITING)
    except RedisError as error:
        logger.info("the next wake-up may be left out, beat will do it: %s", error)


def _send() -> None:
    try:
        if cache.add(WAITING, 1, timeout=WAITING_SECONDS):
            # Without a retry: whoever asks for a mint must not wait for Redis.
            current_app.send_task(DRIVE, queue="chain", retry=False, expires=60)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("the chain worker was not woken, beat will do it: %s", error)
