"""The fault matrix: the process is killed at every point, under every fault, and there is exactly one token each.

`make faults` runs all cells; without FAULTS=all a few run that meet every point and every fault.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from api.services import create_key
from devstack import anvil
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection, Mint, Transaction
from minting.services import deploy_collection
from minting.signers import platform_signer
from tests.faults import table
from tests.faults.rounds import deliver_twice, end_of, killed_at, start_round
from tests.faults.services import restart_postgres
from tests.minting.faulty_node import (
    FaultyNode,
    faulty_node,
    lags,
    swallows_a_transaction,
    timeout_after_accepting,
)
from tests.minting.stage import MakeWork, mine, nonces, rpc, token_id, transfers_from_nobody

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

POINTS = {
    "nonce_assigned": "nonce reserved",
    "signed": "signed",
    "signed_and_stored": "stored",
    "sent": "sent",
    "bump_stored": "bump stored",
    "bump_sent": "bump sent",
    "mined": "mined",
    "before_final": "final-1",
}
CONFIRMATIONS = 4
"""more than the deepest reorg, so that finality means something"""


@dataclass(kw_only=True)
class Cell:
    """Mints on a chain of their own behind a node that can misbehave."""

    config: ChainConfig
    node: FaultyNode
    collection: Collection
    program: Client
    bodies: list[dict[str, str]]
    tokens: list[int]

    def ask(self) -> list[str]:
        """Ask for the mints over the API, each under its own Idempotency-Key; their ids."""
        ids = []
        for body in self.bodies:
            answer = self.program.post(
                "/api/v1/mints", body, content_type="application/json",
                headers={"Idempotency-Key": f"mint {body['work']}".replace(" ", "-")},
            )  # fmt: skip
            assert answer.status_code in {200, 201}, answer.content
            ids.append(answer.json()["id"])
        return ids

    def chain(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results
        """Ask the chain itself."""
        return anvil.call(self.node.chain_url, method, *parameters)

    def heal(self, *, until: str) -> None:
        """Rounds and blocks, until all mints have a status; none may fail on the way."""
        for _ in range(40):
            drive()
            told = set(Mint.objects.values_list("status", flat=True))
            assert Mint.Status.FAILED not in told, list(Mint.objects.values_list("error_detail", flat=True))
            if told == {until}:
                return
            mine(self.config)
        raise AssertionError(f"not {until}: {list(Mint.objects.values_list('status', 'error_code'))}")


def nothing(_: Cell) -> None:
    """Not before, or not after."""


def times_out(cell: Cell) -> None:
    cell.node.fault = timeout_after_accepting


def swallows(cell: Cell) -> None:
    cell.node.fault = swallows_a_transaction


def drops(cell: Cell) -> None:
    swallows(cell)
    cell.chain("anvil_dropAllTransactions")


def stays_behind(cell: Cell) -> None:
    """What the replica knew before the first mint; then for three rounds more, and then it has caught up."""
    cell.node.fault = lags
    carriers = set(Transaction.objects.values_list("id", flat=True))
    for _ in range(3):
        drive()
    assert carriers <= set(Transaction.objects.values_list("id", flat=True))
    assert not Mint.objects.filter(status=Mint.Status.FAILED).exists()
    cell.node.fault = None


def starts_behind(cell: Cell) -> None:
    cell.node.fault = lags
    cell.node.frozen_at = int(cell.chain("eth_blockNumber"), 16)


def reorgs(depth: int) -> Callable[[Cell], None]:
    """Takes away the newest blocks, and with them the mints when they are among these."""

    def strike(cell: Cell) -> None:
        final_is_near = Mint.objects.filter(status=Mint.Status.MINED, safe_at__isnull=False).exists()
        if not final_is_near:
            cell.heal(until="mined")
            mine(cell.config, depth - 1) if depth > 1 else None
        cell.chain("anvil_reorg", depth, [])

    return strike


def is_delivered_twice(_: Cell) -> None:
    deliver_twice()
    deliver_twice()


def asks_again(cell: Cell) -> None:
    before = sorted(str(mint) for mint in Mint.objects.values_list("id", flat=True))
    assert sorted(cell.ask()) == sorted(cell.ask()) == before


def flushes(_: Cell) -> None:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushall()


def restarts_postgres(_: Cell) -> None:
    """While a round is at work, which may come to any end."""
    child = start_round({})
    restart_postgres()
    end_of(child)


FAULTS: dict[str, tuple[Callable[[Cell], None], Callable[[Cell], None]]] = {
    "timeout after the node accepted": (times_out, times_out),
    "lagging replica returns null": (starts_behind, stays_behind),
    "dropped transaction": (swallows, drops),
    "reorg of 1 block": (nothing, reorgs(1)),
    "reorg of 2 blocks": (nothing, reorgs(2)),
    "reorg of 3 blocks": (nothing, reorgs(3)),
    "duplicate Celery delivery": (nothing, is_delivered_twice),
    "duplicate HTTP request": (asks_again, asks_again),
    "Redis flushed": (flushes, flushes),
    "Postgres restarted": (nothing, restarts_postgres),
}
"""what happens before the process is killed, and after"""

SHORT = [
    ("nonce_assigned", "duplicate HTTP request"),
    ("signed", "Postgres restarted"),
    ("signed_and_stored", "duplicate Celery delivery"),
    ("sent", "timeout after the node accepted"),
    ("sent", "dropped transaction"),
    ("bump_stored", "Redis flushed"),
    ("bump_sent", "lagging replica returns null"),
    ("mined", "reorg of 1 block"),
    ("mined", "reorg of 3 blocks"),
    ("before_final", "reorg of 2 blocks"),
]
ALL = [(point, fault) for fault in FAULTS for point in POINTS]
CELLS = ALL if os.environ.get("FAULTS") == "all" else SHORT


@pytest.fixture
def cell(
    request: pytest.FixtureRequest,
    fresh_chain: str,
    person: Person,
    make_work: MakeWork,
    owner: str,
    settings: Settings,
) -> Iterator[Cell]:
    """Three mints that share a transaction, or a single one, in turn."""
    point, fault = request.node.callspec.params["point"], request.node.callspec.params["fault"]
    settings.MINT_BUDGETS = {}
    _, secret = create_key(person=person, scopes=["mint", "read"])
    with faulty_node(fresh_chain) as node:
        config = ChainConfig(
            chain_id=anvil.CHAIN_ID, name="Test chain", rpc_urls=(node.url,), confirmations=CONFIRMATIONS,
            resend_seconds=0, stuck_seconds=0 if point.startswith("bump") else 3600,
        )  # fmt: skip
        settings.CHAINS = (config,)
        anvil.fund(fresh_chain, platform_signer().address)
        deploy_collection(slug="first-light", name="First light", symbol="LIGHT", is_default=True)
        drive()
        mine(config, CONFIRMATIONS)
        drive()
        rpc(config, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
        single = (list(POINTS).index(point) + list(FAULTS).index(fault)) % 2
        works = [make_work(name=f"work {number}") for number in range(1 if single else 3)]
        yield Cell(
            config=config,
            node=node,
            collection=Collection.objects.get(),
            program=Client(headers={"Authorization": f"Bearer {secret}"}),
            bodies=[{"work": str(work.pk), "to": owner} for work in works],
            tokens=sorted(token_id(work) for work in works),
        )


@pytest.mark.parametrize(("point", "fault"), CELLS)
def test_exactly_one_token(point: str, fault: str, cell: Cell, tmp_path: Path) -> None:
    table.results[POINTS[point], fault] = "FAILED"
    before, after = FAULTS[fault]
    cell.ask()
    before(cell)
    _run_until_killed(cell, point, markers=tmp_path)
    after(cell)
    cell.heal(until="final")

    assert sorted(transfers_from_nobody(cell.config, cell.collection)) == cell.tokens
    known, count = nonces(cell.config)
    assert known == list(range(count))
    for mint in Mint.objects.select_related("transaction"):
        assert mint.transaction is not None
        receipt = cell.chain("eth_getTransactionReceipt", "0x" + bytes(mint.transaction.hash or b"").hex())
        assert receipt["blockHash"] == "0x" + bytes(mint.transaction.block_hash or b"").hex()
        assert (receipt["status"], mint.transaction.status, mint.error_code) == ("0x1", "final", "")
    table.results[POINTS[point], fault] = "1 token"


def _run_until_killed(cell: Cell, point: str, *, markers: Path) -> None:
    for _ in range(20):
        if killed_at(point, markers=markers):
            return
        if point in {"mined", "before_final"}:
            # What the chain must have, it gets only once its replica has caught up.
            cell.node.fault = None if cell.node.fault is lags else cell.node.fault
            mine(cell.config)
    raise AssertionError(f"no round came to {point}")
