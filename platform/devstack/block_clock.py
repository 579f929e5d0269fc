"""The miner of the embedded chain: saves the chain's state, then mines, once a second while there is a reason.

anvil itself mines nothing (`--no-mining`), so an idle chain does not grow; with `--block-time 1` it would, by 1.7 KB
of state for each empty block, 150 MB a day. A block is mined when transactions wait, and a few empty ones follow it
as its confirmations. The state is saved, atomically, *before* each block. Hence the law of this file: whatever has a
confirmation survives a SIGKILL of everything; what was lost had none, and the transaction engine sends it again.
(anvil's own `--state` file is not written atomically: a kill at the wrong moment would cost the whole chain.)
"""

import gzip
import json
import signal
import sys
import time
import urllib.request
from pathlib import Path
from threading import Event
from typing import Any

from devstack.state_folder import write_atomically

CONFIRMING_BLOCKS = 4
"""empty blocks mined after the last one with transactions"""
CONFIRMATIONS = 2
"""what the embedded chain asks of a final transaction: fewer than the blocks that come"""
SECONDS = 1.0


class AnotherChain(RuntimeError):
    """Something else answers at the chain's address than at the start."""


def call(rpc_url: str, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results are any JSON
    """One JSON-RPC call, with the standard library only: this process stays small. Raises OSError."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(rpc_url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - our own chain
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own chain
        return json.loads(answer.read())["result"]


def has_reason_to_mine(rpc_url: str) -> bool:
    """Whether transactions wait, or the last one mined still lacks confirming blocks."""
    if int(call(rpc_url, "txpool_status")["pending"], 16) > 0:
        return True
    number = int(call(rpc_url, "eth_blockNumber"), 16)
    newest = range(number, max(0, number - CONFIRMING_BLOCKS), -1)
    return any(block(rpc_url, hex(height))["transactions"] for height in newest)


def block(rpc_url: str, which: str) -> dict[str, Any]:
    """A block without the bodies of its transactions; `which` is a height in hex, or `latest`."""
    found: dict[str, Any] = call(rpc_url, "eth_getBlockByNumber", which, False)  # noqa: FBT003 - JSON-RPC has no keywords
    return found


def save(rpc_url: str, state: Path) -> None:
    """Write the chain's whole state to `state`, in the form that `anvil --load-state` reads.

    anvil makes a new first block at every start, before it loads the saved ones, and dumps both; loaded again, either
    could become the chain's first. Only the true one is kept, for the genesis hash is the chain's identity.
    """
    dump = json.loads(gzip.decompress(bytes.fromhex(call(rpc_url, "anvil_dumpState")[2:])))
    born = int(block(rpc_url, "0x0")["timestamp"], 16)
    dump["blocks"] = [each for each in dump["blocks"] if int(each["header"]["number"], 16) > 0 or _time(each) == born]
    write_atomically(state, json.dumps(dump).encode())


def _time(block: dict[str, Any]) -> int:
    return int(block["header"]["timestamp"], 16)


def run(*, rpc_url: str, state: Path, stop: Event) -> None:
    """Save and mine until `stop`; then save once more. Raises AnotherChain."""
    saved: str | None = None
    pause = SECONDS
    first = _first_block(rpc_url)
    while not stop.wait(pause):
        started = time.monotonic()
        try:
            tip = block(rpc_url, "latest")["hash"]
            if tip != saved:
                if _first_block(rpc_url) != first:
                    raise AnotherChain(f"{rpc_url} is another chain now; it was not saved over the right one")
                save(rpc_url, state)
                saved = tip
            if has_reason_to_mine(rpc_url):
                call(rpc_url, "evm_mine")
        except OSError as error:
            print(f"the chain does not answer: {error}", flush=True)
        # A long chain takes longer to save; at least half of the time stays for other work.
        pause = max(SECONDS, time.monotonic() - started)
    if _first_block(rpc_url) == first:
        save(rpc_url, state)


def _first_block(rpc_url: str) -> str:
    return str(block(rpc_url, "0x0")["hash"])


def main() -> None:
    """`python -m devstack.block_clock RPC_URL STATE_FILE`, until SIGTERM."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run(rpc_url=sys.argv[1], state=Path(sys.argv[2]), stop=stop)


if __name__ == "__main__":
    main()
