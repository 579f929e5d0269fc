"""Logs of the contracts as rows: asking for them, and decoding them by the contract's own interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import event_abi_to_log_topic
from eth_utils.address import to_checksum_address

from minting.contract_calls import COLLECTION, canonical_type, event_topic
from minting.contracts import artifact
from minting.rpc import ChainClient, RpcError

WIDEST = 5_000
"""blocks asked for at once; halved for nodes that refuse so many"""
MOST_ADDRESSES = 500
"""contracts named in one question"""


@dataclass(frozen=True, kw_only=True)
class Log:
    """One decoded event."""

    address: str
    block_number: int
    block_hash: bytes
    log_index: int
    transaction_hash: bytes
    name: str
    token_id: bytes | None
    arguments: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Events:
    """Which events are asked for, by which contract's interface they are read, and of whom; `addresses` None: of all.

    Without a `name` all that the interface knows.
    """

    addresses: Sequence[str] | None
    contract: str = COLLECTION
    name: str = ""

    def queries(self) -> list[dict[str, Any]]:
        """The questions that it takes, all but the blocks."""
        topics = {"topics": ["0x" + event_topic(self.name, of=self.contract).hex()]} if self.name else {}
        if self.addresses is None:
            return [topics]
        places = range(0, len(self.addresses), MOST_ADDRESSES)
        return [{"address": list(self.addresses[place : place + MOST_ADDRESSES]), **topics} for place in places]


def logs_between(client: ChainClient, events: Events, *, first: int, last: int) -> list[Log]:
    """All these logs from block `first` to `last`, in order; events of no known kind are left out.

    The range is halved as often as the node refuses it. Raises RpcError when it refuses even one block, and
    ChainUnavailable.
    """
    logs: list[Log] = []
    start, width = first, min(WIDEST, last - first + 1)
    while start <= last:
        end = min(start + width - 1, last)
        try:
            found = _ask(client, events, start, end)
        except RpcError:
            # Nodes limit the blocks or the answers of one question, each in words of its own.
            if width == 1:
                raise
            width = max(1, width // 2)
            continue
        logs += found
        start = end + 1
    return sorted(logs, key=lambda log: (log.block_number, log.log_index))


def _ask(client: ChainClient, events: Events, first: int, last: int) -> list[Log]:
    logs: list[Log] = []
    for query in events.queries():
        asked = {**query, "fromBlock": hex(first), "toBlock": hex(last)}
        answer: list[dict[str, Any]] = client.call("eth_getLogs", asked)
        logs += [log for raw in answer if (log := _decoded(raw, events.contract)) is not None]
    return logs


def _decoded(raw: Mapping[str, Any], contract: str) -> Log | None:
    topics = [bytes.fromhex(topic[2:]) for topic in raw["topics"]]
    abi = _events(contract).get((topics[0], len(topics))) if topics else None
    if abi is None:
        return None
    try:
        arguments = _arguments(abi, topics[1:], bytes.fromhex(raw["data"][2:]))
    except DecodingError:
        return None
    token = arguments.get("tokenId")
    return Log(
        address=str(to_checksum_address(raw["address"])),
        block_number=int(raw["blockNumber"], 16),
        block_hash=bytes.fromhex(raw["blockHash"][2:]),
        log_index=int(raw["logIndex"], 16),
        transaction_hash=bytes.fromhex(raw["transactionHash"][2:]),
        name=abi["name"],
        token_id=int(token).to_bytes(32, "big") if token is not None else None,
        arguments=arguments,
    )


def _arguments(abi: Mapping[str, Any], topics: Sequence[bytes], data: bytes) -> dict[str, str]:
    """Names and values; an indexed value of dynamic type is its hash, as the chain has nothing else of it."""
    indexed = [item for item in abi["inputs"] if item["indexed"]]
    plain = [item for item in abi["inputs"] if not item["indexed"]]
    values = dict(zip([item["name"] for item in plain], decode(list(map(canonical_type, plain)), data), strict=True))
    for item, topic in zip(indexed, topics, strict=True):
        kind = "bytes32" if item["type"] in {"string", "bytes"} or item["type"].endswith("]") else item["type"]
        (values[item["name"]],) = decode([kind], topic)
    return {item["name"]: _text(item["type"], values[item["name"]]) for item in abi["inputs"]}


def _text(kind: str, value: Any) -> str:  # noqa: ANN401 - any ABI value
    if kind == "address":
        return str(to_checksum_address(value))
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


@cache
def _events(contract: str) -> dict[tuple[bytes, int], dict[str, Any]]:
    """Events of a contract's interface by topic 0 and number of topics."""
    events = [item for item in artifact(contract).abi if item["type"] == "event"]
    return {
        (event_abi_to_log_topic(item), 1 + sum(part["indexed"] for part in item["inputs"])): item  # type: ignore[arg-type] # ABI JSON
        for item in events
    }
