"""The chain worker as it runs in production: a real Celery worker with beat, and a Redis that loses everything."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from accounts.models import Person
from devstack.ports import wait_until
from generation.models import Work
from minting.chains import ChainConfig
from minting.models import Collection, Mint
from minting.services import request_mint
from tests.minting.stage import ROOT, mine, nonces, token_id, transfers_from_nobody

pytestmark = pytest.mark.processes


@pytest.fixture
def chain_worker(worker_environment: dict[str, str], tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [
        sys.executable, "-m", "celery", "-A", "colophon", "worker", "--queues", "chain", "--concurrency", "1",
        "--beat", "--schedule", str(tmp_path / "beat"), "--without-mingle", "--without-gossip",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=worker_environment, cwd=ROOT)
    yield process
    process.terminate()
    process.wait(timeout=30)


def test_a_redis_that_is_flushed_all_the_time_costs_no_token(
    chain_worker: "subprocess.Popen[bytes]",
    chain: ChainConfig,
    collection: Collection,
    work: Work,
    person: Person,
    owner: str,
) -> None:
    mint = request_mint(person=person, work=work, to=owner)

    def flushed_and(status: Mint.Status) -> bool:
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushall()
        return Mint.objects.filter(id=mint.pk, status=status).exists()

    wait_until(lambda: flushed_and(Mint.Status.MINED), what="the mint is mined", seconds=60)
    mine(chain, 2)
    wait_until(lambda: flushed_and(Mint.Status.FINAL), what="the mint is final", seconds=60)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)
