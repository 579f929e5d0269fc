"""Telling watchers that something changed. Redis only wakes: whoever misses a message finds the truth in Postgres."""

import functools
import logging

import redis
from django.conf import settings

logger = logging.getLogger(__name__)


@functools.cache
def _client() -> redis.Redis:
    # Short timeouts: a writer must never wait for Redis.
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5)


def publish(*, channel: str, revision: int) -> None:
    """Send the revision to the channel (`job:<id>`, `mint:<id>`). Call it after commit. Failure is only logged."""
    try:
        _client().publish(channel, str(revision))
    except redis.RedisError as error:
        logger.info("nobody was told about %s: %s", channel, error)
