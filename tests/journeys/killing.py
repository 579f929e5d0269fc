"""Killing parts of a running Colophon, and what must be so afterwards."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from threading import Event, Thread
from typing import Any

import psutil
import psycopg
import redis

from devstack import anvil
from devstack.ports import wait_until
from tests.devstack.running import Up
from tests.journeys.program import Watched

OWNER_OF = "6352211e"
"""the selector of `ownerOf(uint256)`"""
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""the topic of `Transfer(address,address,uint256)`"""
ON_THE_WAY = ["requested", "submitted", "mined", "final"]


def process_of(stack: Up, part: str) -> psutil.Process:
    """The part's process, once one runs."""

    def runs() -> bool:
        pid = stack.services()[part]["pid"]
        return bool(pid) and psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE

    wait_until(runs, what=f"{part} runs", seconds=60)
    return psutil.Process(stack.services()[part]["pid"])


def kill_tree(process: psutil.Process) -> None:
    """SIGKILL to a process and all below it: nothing of it can clean up."""
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            each.kill()


@contextmanager
def flushed_redis(stack: Up) -> Iterator[None]:
    """While the block runs, Redis loses everything at random moments."""
    stop, flushed = Event(), 0

    def flush() -> None:
        nonlocal flushed
        while not stop.wait(random.uniform(0.01, 0.8)):
            address = stack.services().get("redis", {}).get("address")
            with suppress(redis.RedisError), redis.Redis.from_url(address or "redis://127.0.0.1:1") as client:
                flushed += bool(client.flushall())

    thread = Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert flushed > 0


def attempts_at(job: Watched) -> int:
    """How often the job was begun: those that were given back do not count."""
    with psycopg.connect(job.stack.services()["database"]["address"]) as connection:
        row = connection.execute("SELECT attempts FROM generation_job WHERE id = %s", [job.now["id"]]).fetchone()
    assert row is not None
    return int(row[0])


def assert_one_set(job: Watched) -> None:
    """Each picture once, all of one recipe, and no picture that was shown was ever taken back."""
    works = job.now["works"]
    assert [(work["index"], work["seed"]) for work in works] == [
        (index, job.now["seed"] + index) for index in range(job.now["count"])
    ]
    assert len({work["content_hash"] for work in works}) == len(works)
    with psycopg.connect(job.stack.services()["database"]["address"]) as connection:
        count = connection.execute(
            "SELECT count(*) FROM generation_work WHERE job_id = %s", [job.now["id"]]
        ).fetchone()
    assert count == (job.now["count"],)
    shown = [[work["id"] for work in state["works"]] for state in job.told]
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(shown))


def assert_one_token(mint: Watched) -> None:
    """The chain has the token once, for its owner; no nonce was lost or used twice; nothing untrue was told."""
    services = mint.stack.services()
    address, token = mint.now["collection"]["address"], f"{int(mint.now['token_id']):064x}"

    def ask(method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results
        return anvil.call(services["chain"]["address"], method, *parameters)

    owner = ask("eth_call", {"to": address, "data": f"0x{OWNER_OF}{token}"}, "latest")
    assert owner[-40:] == mint.now["to"][2:].lower()
    topics = [TRANSFER, "0x" + 64 * "0", None, "0x" + token]
    logs = ask("eth_getLogs", {"address": address, "fromBlock": "0x0", "toBlock": "latest", "topics": topics})
    assert [log["transactionHash"] for log in logs] == [mint.now["transaction"]["hash"]]
    with psycopg.connect(services["database"]["address"]) as connection:
        rows = connection.execute("SELECT signer, nonce FROM minting_transaction ORDER BY nonce").fetchall()
    count = int(ask("eth_getTransactionCount", rows[0][0], "latest"), 16)
    assert [nonce for _, nonce in rows] == list(range(count))
    assert mint.statuses == [status for status in ON_THE_WAY if status in mint.statuses]
