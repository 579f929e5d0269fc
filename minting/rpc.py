"""The chain client: JSON-RPC over several addresses, with failover, and quorum where a lagging replica could lie.

A single answer is enough for what it proves (a receipt, a block); what something is *not* is believed of a majority.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from minting.chains import ChainConfig
from minting.errors import ChainUnavailable
from minting.node_errors import RpcError, Verdict, classify
from minting.rpc_node import Node, NodeTrouble

__all__ = ["Call", "ChainClient", "RpcError", "client_for"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a transaction of ours is to do. `to` is None for a deployment."""

    to: str | None
    data: bytes
    sender: str
    value: int = 0

    def as_json(self) -> dict[str, str]:
        """As nodes take it, without what is the same as leaving it out."""
        place = {"to": self.to} if self.to else {}
        money = {"value": hex(self.value)} if self.value else {}
        return {"from": self.sender, "data": "0x" + self.data.hex(), **place, **money}


class ChainClient:
    """One chain behind one or more RPC addresses. Safe to share between threads."""

    def __init__(self, config: ChainConfig) -> None:
        self.config = config
        self._nodes = [
            Node(url, place=place, chain_id=config.chain_id, chain_name=config.name)
            for place, url in enumerate(config.rpc_urls)
        ]
        self._knows_pending = True

    def call(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results are any JSON
        """The result of a JSON-RPC call, from the first address that answers; those that failed lately come last.

        Raises RpcError when a node answers with an error, ChainUnavailable when none answers (the request may
        have arrived nevertheless), WrongChain when an address leads to a chain with another id.
        """
        for node in sorted(self._nodes, key=lambda node: not node.is_healthy):
            try:
                return node.ask(method, parameters)
            except NodeTrouble as trouble:
                logger.warning("%s", trouble)
        raise self._nobody_answers()

    def answers(self, method: str, *parameters: object) -> list[Any]:
        """What every healthy address says, those left out that answer with an error.

        Raises ChainUnavailable when fewer than `quorum` answer, RpcError when all answer with an error.
        """
        found, refusals = self._ask_each(method, parameters)
        if len(found) >= max(self.config.quorum, 1):
            return found
        if refusals and not found:
            raise refusals[0]
        raise self._nobody_answers()

    def _ask_each(self, method: str, parameters: Sequence[object]) -> tuple[list[Any], list[RpcError]]:
        """Results and errors of every healthy address; of all, when none is healthy."""
        found: list[Any] = []
        refusals: list[RpcError] = []
        for node in [node for node in self._nodes if node.is_healthy] or self._nodes:
            try:
                found.append(node.ask(method, parameters))
            except NodeTrouble as trouble:
                logger.warning("%s", trouble)
            except RpcError as error:
                refusals.append(error)
        return found, refusals

    def _nobody_answers(self) -> ChainUnavailable:
        few = f"Fewer than {self.config.quorum} RPC addresses" if self.config.quorum > 1 else "No RPC address"
        return ChainUnavailable(
            f"{few} of {self.config.name} answers. Nothing was lost: it is tried again by itself. "
            "If this lasts, check the chain's node and the setting CHAINS."
        )

    def _reached(self, method: str, *parameters: object) -> int:
        """The highest number that a majority of the addresses has reached."""
        numbers = sorted((int(answer, 16) for answer in self.answers(method, *parameters)), reverse=True)
        return numbers[len(numbers) // 2]

    # What the platform asks of a chain

    def genesis_hash(self) -> bytes:
        """The hash of block 0, 32 bytes."""
        return bytes.fromhex(self.call("eth_getBlockByNumber", "0x0", False)["hash"][2:])  # noqa: FBT003 - JSON-RPC

    def block_number(self) -> int:
        """The newest block's number that a majority has."""
        return self._reached("eth_blockNumber")

    def block(self, number: int | str) -> dict[str, Any] | None:
        """A block without its transactions; None when this node has none at that height."""
        place = number if isinstance(number, str) else hex(number)
        block: dict[str, Any] | None = self.call("eth_getBlockByNumber", place, False)  # noqa: FBT003 - JSON-RPC
        return block

    def tagged_height(self, tag: str) -> int | None:
        """The height of `safe` or `finalized` that a majority has reached; None when the chain has none yet."""
        try:
            blocks = self.answers("eth_getBlockByNumber", tag, False)  # noqa: FBT003 - JSON-RPC
        except RpcError:
            return None
        heights = sorted((int(block["number"], 16) if block else -1 for block in blocks), reverse=True)
        return heights[len(heights) // 2] if heights[len(heights) // 2] >= 0 else None

    def block_hash(self, number: int) -> bytes | None:
        """The hash of the block at this height, as a majority of the addresses says (32 bytes).

        None when too few have reached it, or they do not agree: then nothing is known.
        """
        blocks = self.answers("eth_getBlockByNumber", hex(number), False)  # noqa: FBT003 - JSON-RPC
        hashes = Counter(block["hash"] for block in blocks if block)
        if not hashes:
            return None
        # Those that lag count, too: one address alone on an abandoned branch must not be the majority.
        ((most_common, votes),) = hashes.most_common(1)
        return bytes.fromhex(most_common[2:]) if votes * 2 > len(blocks) else None

    def receipt(self, transaction_hash: bytes) -> dict[str, Any] | None:
        """The receipt as JSON, from whichever address has it. None proves nothing: all may lag behind."""
        wanted = "0x" + transaction_hash.hex()
        receipt: dict[str, Any] | None = self.call("eth_getTransactionReceipt", wanted)
        if receipt is None and len(self._nodes) > 1:
            others = self.answers("eth_getTransactionReceipt", wanted)
            receipt = next((found for found in others if found), None)
        return receipt

    def transaction_count(self, address: str, block: int | str = "latest") -> int:
        """How many transactions of this address a majority has in the chain, up to a block: its next nonce."""
        return self._reached("eth_getTransactionCount", address, block if isinstance(block, str) else hex(block))

    def balance(self, address: str) -> int:
        """In wei."""
        return int(self.call("eth_getBalance", address, "latest"), 16)

    def eth_call(self, *, to: str, data: bytes, sender: str | None = None, block: str = "latest") -> bytes:
        """Run a call without a transaction. Raises RpcError with the revert data when it reverts."""
        request = {"to": to, "data": "0x" + data.hex(), **({"from": sender} if sender else {})}
        return bytes.fromhex(self.call("eth_call", request, block)[2:])

    def try_out(self, call: Call) -> None:
        """Run what a transaction would do after those that wait already; after the newest block where no address
        knows what is pending. Raises RpcError: only one that `is_revert` says something of the call.
        """
        if self._knows_pending:
            try:
                self.call("eth_call", call.as_json(), "pending")
            except RpcError as error:
                if error.is_revert:
                    raise
            else:
                return
        try:
            self.call("eth_call", call.as_json(), "latest")
        except RpcError as error:
            self._knows_pending &= not error.is_revert
            raise
        self._knows_pending = False

    def refusal(self, call: Call) -> RpcError | None:
        """The contract's refusal of this call in the newest block, when every address that answers reports one.

        None when any of them would carry it out, or answers with another error: then nothing is proven.
        Raises ChainUnavailable.
        """
        taken, refusals = self._ask_each("eth_call", [call.as_json(), "latest"])
        if len(taken) + len(refusals) < max(self.config.quorum, 1):
            raise self._nobody_answers()
        return refusals[0] if not taken and all(error.is_revert for error in refusals) else None

    def estimate_gas(self, call: Call) -> int:
        """Gas a transaction would use now. Raises RpcError with the revert data when it would revert."""
        return int(self.call("eth_estimateGas", call.as_json()), 16)

    def send_raw(self, raw: bytes) -> None:
        """Broadcast a signed transaction over every healthy address: what one node drops, another keeps.

        Returns when one has taken it. Raises RpcError (see minting.node_errors) or ChainUnavailable.
        """
        taken, refusals = self._ask_each("eth_sendRawTransaction", ["0x" + raw.hex()])
        if taken:
            return
        if not refusals:
            raise self._nobody_answers()
        raise next((error for error in refusals if classify(error) is Verdict.ACCEPTED), refusals[0])


@cache
def client_for(config: ChainConfig) -> ChainClient:
    """The client of a configured chain, made once per process."""
    return ChainClient(config)
