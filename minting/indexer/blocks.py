"""Blocks as the index knows them: by number, hash and time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from minting.indexer.models import IndexedTip
from minting.models import Chain
from minting.rpc import ChainClient


class ChainMovedError(Exception):
    """The chain changed while it was read: what was read may mix two histories. The next round reads again."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block's number, hash and time."""

    number: int
    hash: bytes
    time: datetime


def block_at(client: ChainClient, place: int | str) -> Block:
    """Raises ChainMovedError when there is no such block (any more)."""
    block = client.block(place)
    if block is None:
        raise ChainMovedError
    return Block(
        number=int(block["number"], 16),
        hash=bytes.fromhex(block["hash"][2:]),
        time=datetime.fromtimestamp(int(block["timestamp"], 16), tz=UTC),
    )


def time_of(client: ChainClient, number: int, block_hash: bytes) -> datetime:
    """The time of a log's block. Raises ChainMovedError when another block stands there by now."""
    block = block_at(client, number)
    if block.hash != block_hash:
        raise ChainMovedError
    return block.time


def stands(client: ChainClient, number: int, block_hash: bytes) -> bool:
    """Whether this very block is in the chain."""
    block = client.block(number)
    return block is not None and bytes.fromhex(block["hash"][2:]) == block_hash


def require(client: ChainClient, head: Block) -> None:
    """Raises ChainMovedError unless this is still the block at its height."""
    if block_at(client, head.number).hash != head.hash:
        raise ChainMovedError


def keep_tip(chain: Chain, head: Block) -> None:
    """The newest block that was read. Call it in the transaction that keeps what was read up to there."""
    IndexedTip.objects.update_or_create(chain=chain, defaults={"number": head.number, "hash": head.hash})
