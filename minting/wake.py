"""Wake the chain worker. Only a hint (law 1): beat drives what was forgotten."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

DRIVE = "minting.drive"


def wake_chain_worker_on_commit() -> None:
    """Send a wake-up once the surrounding transaction has committed; a failure is logged, never raised."""
    transaction.on_commit(_send)


def _send() -> None:
    try:
        # Without a retry: whoever asks for a mint must not wait for Redis.
        current_app.send_task(DRIVE, queue="chain", retry=False, expires=60)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("the chain worker was not woken, beat will do it: %s", error)
