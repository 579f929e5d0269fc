"""The miner of the embedded chain: what is confirmed is saved, and an idle chain does not grow."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from devstack import anvil, block_clock
from devstack.ports import free_port, wait_until

pytestmark = pytest.mark.chain
ROOT = Path(__file__).resolve().parents[2]
TO = "0x000000000000000000000000000000000000dEaD"


@contextmanager
def _chain(state: Path) -> Iterator[str]:
    """A chain continuing from `state`; SIGKILLed at the end, so that only what was saved remains."""
    port = free_port()
    process = subprocess.Popen(anvil.command(ROOT, port=port, load_state=state, mining=False))
    try:
        wait_until(lambda: anvil.answers(port=port), what="the chain answers")
        yield anvil.url(port=port)
    finally:
        process.kill()
        process.wait()


@contextmanager
def _clock(rpc_url: str, state: Path) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=block_clock.run, kwargs={"rpc_url": rpc_url, "state": state, "stop": stop})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _height(rpc_url: str) -> int:
    return int(block_clock.call(rpc_url, "eth_blockNumber"), 16)


def _send(rpc_url: str) -> str:
    sender = block_clock.call(rpc_url, "eth_accounts")[0]
    return str(block_clock.call(rpc_url, "eth_sendTransaction", {"from": sender, "to": TO, "value": "0x1"}))


def test_a_transaction_is_mined_and_confirmed_then_the_chain_rests(tmp_path: Path) -> None:
    with _chain(tmp_path / "state.json") as rpc_url, _clock(rpc_url, tmp_path / "state.json"):
        _send(rpc_url)
        wait_until(lambda: _height(rpc_url) == 1 + block_clock.CONFIRMING_BLOCKS, what="mined and confirmed")
        assert not block_clock.has_reason_to_mine(rpc_url)


def test_what_has_a_confirmation_survives_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with _chain(state) as rpc_url:
        sent = _send(rpc_url)
        block_clock.call(rpc_url, "evm_mine")
        with _clock(rpc_url, state):
            wait_until(lambda: _height(rpc_url) >= 2, what="a confirming block")
            saved = state.read_bytes()
    state.write_bytes(saved)  # what was on the disk when the confirming block came
    with _chain(state) as rpc_url:
        receipt = block_clock.call(rpc_url, "eth_getTransactionReceipt", sent)
        assert receipt["blockNumber"] == "0x1"


def test_the_first_block_stays_the_same_over_many_restarts(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    seen = set()
    for _ in range(6):
        with _chain(state) as rpc_url:
            seen.add(block_clock.block(rpc_url, "0x0")["hash"])
            block_clock.save(rpc_url, state)
    assert len(seen) == 1
