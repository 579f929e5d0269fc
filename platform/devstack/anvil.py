"""The embedded chain: anvil from npm, its state kept in a file."""

import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from devstack.ports import HOST

CHAIN_ID = 31337


def binary(root: Path) -> str:
    """anvil's own executable, inside the npm package of this platform."""
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return str(root / f"node_modules/@foundry-rs/anvil-{sys.platform}-{machine}/bin/anvil")


def command(root: Path, *, port: int, state: Path | None = None, block_time: int | None = None) -> Sequence[str]:
    """The foreground chain's command line; with `state` it continues where it stopped, and saves every 10 s."""
    line = [
        binary(root),
        "--host",
        HOST,
        "--port",
        str(port),
        "--chain-id",
        str(CHAIN_ID),
        "--accounts",
        "1",
        "--silent",
    ]
    if state is not None:
        line += ["--state", str(state), "--state-interval", "10"]
    if block_time is not None:
        line += ["--block-time", str(block_time)]
    return line


def url(*, port: int) -> str:
    """The chain's RPC address."""
    return f"http://{HOST}:{port}"


def call(rpc_url: str, method: str, *parameters: object) -> object:
    """One JSON-RPC call. Raises RuntimeError with the node's message."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    answer = httpx.post(rpc_url, json=body, timeout=10).json()
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']['message']}")
    return answer["result"]


def answers(*, port: int) -> bool:
    """Whether the chain answers."""
    try:
        call(url(port=port), "eth_chainId")
    except httpx.HTTPError:
        return False
    return True


def fund(rpc_url: str, address: str, *, ether: int = 1000) -> None:
    """Give an account test ether."""
    call(rpc_url, "anvil_setBalance", address, hex(ether * 10**18))
