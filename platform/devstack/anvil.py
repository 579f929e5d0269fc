"""The embedded chain: anvil from npm, its state kept in a file."""

import platform
import sys
from pathlib import Path

import httpx

from devstack.ports import HOST

CHAIN_ID = 31337


def binary(root: Path) -> str:
    """anvil's own executable, inside the npm package of this platform."""
    machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return str(root / f"node_modules/@foundry-rs/anvil-{sys.platform}-{machine}/bin/anvil")


def command(
    root: Path,
    *,
    port: int,
    load_state: Path | None = None,
    mining: bool = True,
    block_time: int | None = None,
    chain_id: int = CHAIN_ID,
) -> list[str]:
    """The foreground chain's command line.

    With `load_state` it continues where `devstack.block_clock` saved it, if that file exists. `mining=False` leaves
    the mining to that clock; otherwise each transaction is mined at once, or every `block_time` seconds.
    """
    line = [
        binary(root),
        "--host",
        HOST,
        "--port",
        str(port),
        "--chain-id",
        str(chain_id),
        "--accounts",
        "1",
        "--silent",
    ]
    if load_state is not None and load_state.exists():
        line += ["--load-state", str(load_state)]
    if not mining:
        line += ["--no-mining"]
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
