"""Follows the chain: reads what is new, and takes back what a reorg took back.

Every round first compares the hash of the newest block it has read with the chain's. If it differs, the index goes
back to the newest block that both have in common and reads on from there. Logs are taken only when the chain had the
same newest block before and after they were asked for.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from minting.chain_identity import known_chain
from minting.chains import ChainConfig, chain_config
from minting.engine.finality import heights
from minting.engine.lock import sole_worker
from minting.errors import ChainUnavailable, WrongChain
from minting.indexer.adopting import adopt_tokens, settle_adopted
from minting.indexer.logs import Log, logs_between
from minting.indexer.models import IndexedCollection, IndexedTip, TokenEvent
from minting.indexer.tokens import Touched, rebuild_tokens
from minting.models import Chain, Collection
from minting.rpc import ChainClient, RpcError, client_for

logger = logging.getLogger(__name__)


class ChainMovedError(Exception):
    """The chain changed while it was read: what was read may mix two histories. The next round reads again."""


def follow_chains() -> int:
    """One round for every configured chain; how many events were read. A chain that does not answer is left out."""
    return sum(_follow_quietly(config) for config in settings.CHAINS)


def _follow_quietly(config: ChainConfig) -> int:
    try:
        return follow(config)
    except (ChainUnavailable, WrongChain) as problem:
        logger.warning("the index of %s waits: %s", config.name, problem.detail)
    except RpcError as error:
        logger.warning("the index of %s waits: %s", config.name, error.message)
    except ChainMovedError:
        logger.info("%s moved while it was read; the next round reads again", config.name)
    return 0


def follow(config: ChainConfig) -> int:
    """Read what is new on one chain; how many events that were. Only one process does so at a time.

    Raises ChainUnavailable, WrongChain, RpcError, ChainMovedError; what was read before stays.
    """
    with sole_worker(f"minting indexer {config.chain_id}") as mine:
        if not mine:
            return 0
        client = client_for(config)
        chain = known_chain(client)
        _take_back_what_forked(client, chain)
        _join_new_collections(chain)
        return _read_on(client, chain)


def _read_on(client: ChainClient, chain: Chain) -> int:
    head = _block(client, "latest")
    waiting: dict[int, list[Collection]] = defaultdict(list)
    rows = IndexedCollection.objects.filter(collection__chain=chain, next_block__lte=head.number)
    for row in rows.select_related("collection"):
        waiting[row.next_block].append(row.collection)
    count = 0
    for first, collections in sorted(waiting.items()):
        count += _read(client, chain, collections, first, head)
    with transaction.atomic():
        _keep_tip(chain, head)
        settle_adopted(chain, final=heights(client).final)
    return count


def _read(client: ChainClient, chain: Chain, collections: Sequence[Collection], first: int, head: "_Block") -> int:
    by_address = {collection.address: collection for collection in collections}
    logs = logs_between(client, addresses=list(by_address), first=first, last=head.number)
    times = {log.block_number: _time_of(client, log) for log in logs}
    if _block(client, head.number).hash != head.hash:
        raise ChainMovedError
    with transaction.atomic():
        TokenEvent.objects.bulk_create(
            [_row(chain, by_address[log.address], log, times[log.block_number]) for log in logs], batch_size=1000
        )
        touched = _touched(by_address, logs)
        rebuild_tokens(client, touched)
        adopt_tokens(touched)
        IndexedCollection.objects.filter(collection__in=collections).update(next_block=head.number + 1)
        _keep_tip(chain, head)
    return len(logs)


def _touched(by_address: dict[str, Collection], logs: Sequence[Log]) -> list[Touched]:
    pairs = {(log.address, log.token_id): None for log in logs if log.token_id is not None}
    return [(by_address[address], token_id) for address, token_id in pairs]


def _row(chain: Chain, collection: Collection, log: Log, time: datetime) -> TokenEvent:
    return TokenEvent(
        chain=chain,
        collection=collection,
        block_number=log.block_number,
        block_hash=log.block_hash,
        block_time=time,
        log_index=log.log_index,
        transaction_hash=log.transaction_hash,
        name=log.name,
        token_id=log.token_id,
        arguments=log.arguments,
    )


def _time_of(client: ChainClient, log: Log) -> datetime:
    """The time of a log's block. Raises ChainMovedError when another block stands there by now."""
    block = _block(client, log.block_number)
    if block.hash != log.block_hash:
        raise ChainMovedError
    return block.time


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A block's number, hash and time."""

    number: int
    hash: bytes
    time: datetime


def _block(client: ChainClient, place: int | str) -> _Block:
    """Raises ChainMovedError when there is no such block (any more)."""
    block = client.block(place)
    if block is None:
        raise ChainMovedError
    return _Block(
        number=int(block["number"], 16),
        hash=bytes.fromhex(block["hash"][2:]),
        time=datetime.fromtimestamp(int(block["timestamp"], 16), tz=UTC),
    )


def _keep_tip(chain: Chain, head: _Block) -> None:
    IndexedTip.objects.update_or_create(chain=chain, defaults={"number": head.number, "hash": head.hash})


def _join_new_collections(chain: Chain) -> None:
    """Collections that the index has not met yet, each from the block that its contract came into being in."""
    new = Collection.objects.filter(chain=chain, status=Collection.Status.READY, index=None).exclude(address="")
    for collection in new.select_related("deployment"):
        first = collection.deployment.block_number if collection.deployment else None
        IndexedCollection.objects.get_or_create(collection=collection, defaults={"next_block": first or 0})


# Reorgs


def _take_back_what_forked(client: ChainClient, chain: Chain) -> None:
    """Compare the newest block read with the chain's; when it is gone, go back to what both have in common."""
    tip = IndexedTip.objects.filter(chain=chain).first()
    if tip is None or _stands(client, tip.number, bytes(tip.hash)):
        return
    common = _newest_common_block(client, chain)
    logger.warning("%s: block %d is gone, the index goes back to block %d", client.config.name, tip.number, common)
    take_back(client, chain, from_block=common + 1)


def _newest_common_block(client: ChainClient, chain: Chain) -> int:
    """The newest block with one of our events that still stands; -1 when none does."""
    blocks = TokenEvent.objects.filter(chain=chain).order_by("-block_number")
    for number, block_hash in blocks.values_list("block_number", "block_hash").distinct().iterator():
        if _stands(client, number, bytes(block_hash)):
            return int(number)
    return -1


def _stands(client: ChainClient, number: int, block_hash: bytes) -> bool:
    block = client.block(number)
    return block is not None and bytes.fromhex(block["hash"][2:]) == block_hash


@transaction.atomic
def take_back(client: ChainClient, chain: Chain, *, from_block: int) -> None:
    """Forget everything from a block on, so that it is read again. Raises ChainUnavailable."""
    gone = TokenEvent.objects.filter(chain=chain, block_number__gte=from_block)
    pairs = list(gone.filter(token_id__isnull=False).values_list("collection_id", "token_id").distinct())
    collections = Collection.objects.in_bulk({collection for collection, _ in pairs})
    touched = [(collections[collection], bytes(token_id)) for collection, token_id in pairs if token_id]
    gone.delete()
    rebuild_tokens(client, touched)
    adopt_tokens(touched)
    read = IndexedCollection.objects.filter(collection__chain=chain, next_block__gt=from_block)
    # Those whose contract is no older join anew, from their own first block.
    read.filter(collection__deployment__block_number__gte=from_block).delete()
    read.update(next_block=from_block)
    IndexedTip.objects.filter(chain=chain).delete()


def reindex(*, chain_id: int, from_block: int = 0) -> int:
    """Wipe a chain's index from a block on and read it anew; how many events were read.

    Raises ImproperlyConfigured for an unknown chain, ChainUnavailable, WrongChain, RpcError.
    """
    config = chain_config(chain_id)
    client = client_for(config)
    chain = known_chain(client)
    take_back(client, chain, from_block=from_block)
    return follow(config)
