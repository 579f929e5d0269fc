"""Wake-ups of the chain worker."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import transaction

from minting.wake import note_woken, wake_chain_worker_on_commit

QUEUE = "chain"


@pytest.fixture
def broker(transactional_db: None) -> Iterator[redis.Redis]:
    """The test run's own Redis, without wake-ups."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(QUEUE)
        note_woken()
        yield client


def ask(times: int) -> None:
    for _ in range(times):
        with transaction.atomic():
            wake_chain_worker_on_commit()


def test_one_wake_up_is_enough_for_all_who_ask_while_it_waits(broker: redis.Redis) -> None:
    ask(3)
    assert broker.llen(QUEUE) == 1
    note_woken()
    ask(2)
    assert broker.llen(QUEUE) == 2


def test_a_lost_wake_up_does_not_stand_in_the_way_for_long(broker: redis.Redis) -> None:
    ask(1)
    (key,) = broker.scan_iter("*minting.drive*")
    assert 0 < broker.ttl(key) <= 5
