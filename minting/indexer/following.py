"""Follows the chain: reads what is new, and takes back what a reorg took back.

Every round first compares the hash of the newest block it has read with the chain's. If it differs, the index goes
back to the newest block that both have in common and reads on from there. Logs are taken only when the chain had the
same newest block before and after they were asked for.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from minting.chain_identity import known_chain
from minting.chains import ChainConfig
from minting.engine.finality import heights
from minting.engine.lock import sole_worker
from minting.errors import ChainUnavailable, WrongChain
from minting.indexer.adopting import adopt_tokens, settle_adopted
from minting.indexer.blocks import Block, ChainMovedError, block_at, keep_tip, require, stands, time_of
from minting.indexer.factories import read_factories, take_back_collections, unread_factories
from minting.indexer.logs import Events, Log, logs_between
from minting.indexer.models import IndexedCollection, IndexedTip, TokenEvent
from minting.indexer.tokens import Touched, rebuild_tokens
from minting.models import Chain, Collection
from minting.rpc import ChainClient, RpcError, client_for

logger = logging.getLogger(__name__)


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


def sole_indexer(config: ChainConfig) -> AbstractContextManager[bool]:
    """Whether this process may write a chain's index now; also twice, one in the other."""
    return sole_worker(f"minting indexer {config.chain_id}")


def follow(config: ChainConfig) -> int:
    """Read what is new on one chain; how many events that were. Only one process does so at a time.

    Raises ChainUnavailable, WrongChain, RpcError, ChainMovedError; what was read before stays.
    """
    with sole_indexer(config) as mine:
        if not mine:
            return 0
        client = client_for(config)
        chain = known_chain(client)
        _take_back_what_forked(client, chain)
        return _read_on(client, chain)


def _read_on(client: ChainClient, chain: Chain) -> int:
    head = block_at(client, "latest")
    read_factories(client, chain, head)
    _join_new_collections(chain)
    waiting: dict[int, list[Collection]] = defaultdict(list)
    rows = IndexedCollection.objects.filter(collection__chain=chain, next_block__lte=head.number)
    for row in rows.select_related("collection"):
        waiting[row.next_block].append(row.collection)
    count = 0
    for first, collections in sorted(waiting.items()):
        count += _read(client, chain, collections, first, head)
    with transaction.atomic():
        keep_tip(chain, head)
        settle_adopted(chain, final=heights(client).final)
    return count


def _read(client: ChainClient, chain: Chain, collections: Sequence[Collection], first: int, head: Block) -> int:
    by_address = {collection.address: collection for collection in collections}
    logs = logs_between(client, Events(addresses=list(by_address)), first=first, last=head.number)
    times = {log.block_number: time_of(client, log.block_number, log.block_hash) for log in logs}
    require(client, head)
    with transaction.atomic():
        TokenEvent.objects.bulk_create(
            [_row(chain, by_address[log.address], log, times[log.block_number]) for log in logs], batch_size=1000
        )
        touched = _touched(by_address, logs)
        rebuild_tokens(client, touched)
        adopt_tokens(touched)
        IndexedCollection.objects.filter(collection__in=collections).update(next_block=head.number + 1)
        keep_tip(chain, head)
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


def _join_new_collections(chain: Chain) -> None:
    """Collections that the index has not met yet, each from the block that its contract came into being in."""
    new = Collection.objects.filter(chain=chain, status=Collection.Status.READY, index=None).exclude(address="")
    for collection in new.select_related("deployment"):
        first = collection.first_block or 0
        IndexedCollection.objects.get_or_create(collection=collection, defaults={"next_block": first})


# Reorgs


def _take_back_what_forked(client: ChainClient, chain: Chain) -> None:
    """Compare the newest block read with the chain's; when it is gone, go back to what both have in common."""
    tip = IndexedTip.objects.filter(chain=chain).first()
    if tip is None or stands(client, tip.number, bytes(tip.hash)):
        return
    common = _newest_common_block(client, chain)
    logger.warning("%s: block %d is gone, the index goes back to block %d", client.config.name, tip.number, common)
    take_back(client, chain, from_block=common + 1)


def _newest_common_block(client: ChainClient, chain: Chain) -> int:
    """The newest block with one of our events that still stands; -1 when none does."""
    blocks = TokenEvent.objects.filter(chain=chain).order_by("-block_number")
    for number, block_hash in blocks.values_list("block_number", "block_hash").distinct().iterator():
        if stands(client, number, bytes(block_hash)):
            return int(number)
    return -1


def take_back(client: ChainClient, chain: Chain, *, from_block: int) -> None:
    """Forget everything from a block on, as a reorg has done. Raises ChainUnavailable."""
    with transaction.atomic():
        adopt_tokens(forget(client, chain, from_block=from_block))
        take_back_collections(chain, from_block=from_block)


@transaction.atomic
def forget(client: ChainClient, chain: Chain, *, from_block: int) -> list[Touched]:
    """Forget what was read from a block on, so that it is read again; the tokens that this touches.

    Raises ChainUnavailable.
    """
    gone = TokenEvent.objects.filter(chain=chain, block_number__gte=from_block)
    pairs = list(gone.filter(token_id__isnull=False).values_list("collection_id", "token_id").distinct())
    collections = Collection.objects.in_bulk({collection for collection, _ in pairs})
    touched = [(collections[collection], bytes(token_id)) for collection, token_id in pairs if token_id]
    gone.delete()
    rebuild_tokens(client, touched)
    read = IndexedCollection.objects.filter(collection__chain=chain, next_block__gt=from_block)
    # Those whose contract is no older join anew, from their own first block.
    read.filter(
        Q(collection__deployment__block_number__gte=from_block) | Q(collection__created_block__gte=from_block)
    ).delete()
    read.update(next_block=from_block)
    unread_factories(chain, from_block=from_block)
    IndexedTip.objects.filter(chain=chain).delete()
    return touched
