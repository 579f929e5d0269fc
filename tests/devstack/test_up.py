"""`make up` with real processes: what continues, what is restarted, and that nothing is left behind."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest

from devstack import anvil, up
from devstack.ports import free_port, wait_until
from tests.devstack.running import Up, alive, run_up

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]
Start = Callable[[Path], Up]


def _first_block(up: Up) -> object:
    block = anvil.call(up.services()["chain"]["address"], "eth_getBlockByNumber", "0x0", False)  # noqa: FBT003 - JSON-RPC has no keywords
    assert isinstance(block, dict)
    return block["hash"]


def _collection(up: Up) -> str:
    with psycopg.connect(up.services()["database"]["address"]) as connection:
        row = connection.execute("SELECT address FROM minting_collection").fetchone()
    assert row is not None
    return str(row[0])


def test_every_part_is_named_in_services_json_and_lives(start: Start, home: Path) -> None:
    up = start(home)
    services = up.services()
    assert {"web", "database", "redis", "chain", "generation_worker", "chain_worker", "beat"} <= set(services)
    assert all(Path(f"/proc/{part['pid']}").exists() for part in services.values())
    assert httpx.get(f"{services['web']['address']}/healthz").json() == {"status": "ok"}


def test_a_restart_continues_with_the_same_database_and_the_same_chain(start: Start, home: Path) -> None:
    first = start(home)
    first_block, collection = _first_block(first), _collection(first)
    everything = first.tree()
    assert first.end(signal.SIGTERM) == 0
    assert alive(everything) == []
    assert first.services() == {}
    second = start(home)
    assert _first_block(second) == first_block
    assert _collection(second) == collection
    assert anvil.call(second.services()["chain"]["address"], "eth_getCode", collection, "latest") != "0x"


@pytest.mark.parametrize("victim", ["manager", "supervisor"])
def test_a_killed_manager_leaves_no_orphan_and_loses_nothing(start: Start, home: Path, victim: str) -> None:
    first = start(home)
    first_block, collection = _first_block(first), _collection(first)
    everything = first.tree()
    pid = first.process.pid if victim == "manager" else first.services()["supervisor"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: alive(everything) == [], what="everything has ended", seconds=60)
    second = start(home)
    assert _first_block(second) == first_block
    assert _collection(second) == collection


@pytest.mark.parametrize("part", ["web", "database", "redis", "chain", "chain_worker", "generation_worker"])
def test_a_killed_part_is_started_again(shared: Up, part: str) -> None:
    before = shared.services()[part]["pid"]
    first_block = _first_block(shared)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: shared.services()[part]["pid"] not in {before, None}, what=f"{part} is back", seconds=60)
    wait_until(shared.answers_ready, what="everything answers", seconds=90)
    assert _first_block(shared) == first_block


def test_a_second_start_on_the_same_folder_says_where_it_runs(shared: Up) -> None:
    second = run_up(shared.home, port=shared.port + 1)
    assert second.process.wait(60) == 1
    assert f"Colophon already runs on {shared.home}, at {shared.site}" in second.said()
    assert shared.answers_ready()


def test_a_port_in_use_is_said_before_anything_starts(shared: Up, home: Path) -> None:
    second = run_up(home, port=shared.port)
    assert second.process.wait(60) == 1
    assert f"Port {shared.port} is in use by another program. Nothing was started." in second.said()
    assert list((home / "postgres").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("COLOPHON_PORT", "http", "COLOPHON_PORT is 'http'; a port is a number from 1 to 65535."),
        ("CHAINS", "mainnet", "CHAINS is not a JSON list of chains with rpc_urls"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(home: Path, name: str, value: str, sentence: str) -> None:
    up = run_up(home, port=1, **{name: value})
    assert up.process.wait(60) == 1
    assert sentence in up.said()
    assert "Traceback" not in up.said()


def test_a_database_that_does_not_answer_is_named(home: Path) -> None:
    up = run_up(home, port=free_port(), DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert up.process.wait(120) == 1
    assert "The database does not answer" in up.said()
    assert "correct DATABASE_URL" in up.said()
    assert up.services() == {}


def test_a_chain_that_lost_its_state_is_refused_with_what_to_do(start: Start, home: Path) -> None:
    assert start(home).end() == 0
    (home / "chain" / "state.json").unlink()
    up = run_up(home, port=free_port())
    assert up.process.wait(120) == 1
    assert "is another chain than the one this database knows" in up.said()
    assert "restore the chain folder from a backup" in up.said()


def test_two_copies_run_side_by_side(shared: Up, start: Start, home: Path) -> None:
    other = start(home)
    assert shared.answers_ready()
    assert other.answers_ready()
    assert _first_block(other) != _first_block(shared)
    assert {part["pid"] for part in other.services().values()}.isdisjoint(
        {part["pid"] for part in shared.services().values()}
    )


def test_a_part_that_cannot_start_ends_everything_and_shows_why(home: Path) -> None:
    up = run_up(home, port=1, COLOPHON_HOST="192.0.2.1")
    assert up.process.wait(200) == 1
    assert "web does not start" in up.said()
    assert up.services() == {}


def test_whom_to_fund_is_read_from_what_prepare_says() -> None:
    """SIGNERS may name a key service: then there is no key file to read it from."""
    said = ["Operations to perform:", "Signer: 0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A", "Note: nothing."]
    assert up.signers_in(said) == ["0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"]
