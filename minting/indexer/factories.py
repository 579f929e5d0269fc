"""Collections that come into being at our factories: also those that their creators had made by themselves.

The platform's own requests are known before they are on the chain. What else a factory says it made is adopted, if
our signer may mint in it or our attester's word counts there: nobody else could make a token of a work in it.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from accounts.models import Wallet
from minting.contract_calls import FACTORY
from minting.engine.recalling import ever_ours
from minting.indexer.births import keep, person_of_wallet, read_birth
from minting.indexer.blocks import Block, keep_tip, require
from minting.indexer.logs import Events, Log, logs_between
from minting.indexer.models import IndexedFactory
from minting.models import Chain, Collection
from minting.rpc import ChainClient
from minting.signers import attester_address
from minting.telling import tell_collection


def read_factories(client: ChainClient, chain: Chain, head: Block) -> None:
    """Read what the chain's factories made up to this block. Raises ChainUnavailable, RpcError, ChainMovedError."""
    for factory in chain.factories.filter(index=None, deployment__succeeded=True).select_related("deployment"):
        first = factory.deployment.block_number or 0
        IndexedFactory.objects.get_or_create(factory=factory, defaults={"next_block": first})
    _give_to_their_makers(chain)
    rows = IndexedFactory.objects.filter(factory__chain=chain, next_block__lte=head.number)
    for row in rows.select_related("factory"):
        asked = Events(addresses=[row.factory.address], contract=FACTORY, name="CollectionCreated")
        logs = logs_between(client, asked, first=row.next_block, last=head.number)
        _read(client, chain, row, logs, head)


def _read(client: ChainClient, chain: Chain, row: IndexedFactory, logs: Sequence[Log], head: Block) -> None:
    made = {log.arguments["collection"]: log for log in logs if _concerns_us(chain, log)}
    known = set(Collection.objects.filter(chain=chain, address__in=list(made)).values_list("address", flat=True))
    births = [
        read_birth(client, chain, log, address=address, factory=row.factory)
        for address, log in made.items()
        if address not in known
    ]
    require(client, head)
    with transaction.atomic():
        for birth in filter(None, births):
            keep(client, birth)
        for address, log in made.items():
            _is_back(chain, address, log)
        IndexedFactory.objects.filter(pk=row.pk).update(next_block=head.number + 1)
        keep_tip(chain, head)


def _give_to_their_makers(chain: Chain) -> None:
    """Who had one made for herself, and linked her wallet here only afterwards."""
    theirs = Collection.objects.filter(chain=chain, owner=None, created_by=F("owner_address"))
    for collection in theirs.filter(owner_address__in=Wallet.objects.values("address")):
        collection.owner = person_of_wallet(collection.owner_address)
        collection.save(update_fields=["owner"])


def _concerns_us(chain: Chain, log: Log) -> bool:
    made_for = log.arguments
    return made_for["minter"] in ever_ours(chain.chain_id) or made_for["attester"] == attester_address()


def _is_back(chain: Chain, address: str, log: Log) -> None:
    """A reorg took it and the chain has it again, perhaps in another block."""
    gone = Collection.objects.filter(chain=chain, address=address, deployment=None)
    for collection in gone.filter(status=Collection.Status.DEPLOYING):
        collection.status, collection.created_block = Collection.Status.READY, log.block_number
        collection.save(update_fields=["status", "created_block"])
        tell_collection(collection)


def take_back_collections(chain: Chain, *, from_block: int) -> None:
    """Those that others made from a block on are not on the chain any more, as far as is known."""
    gone = Collection.objects.filter(chain=chain, deployment=None, created_block__gte=from_block)
    for collection in gone.filter(status=Collection.Status.READY):
        collection.status = Collection.Status.DEPLOYING
        collection.save(update_fields=["status"])
        tell_collection(collection)


def unread_factories(chain: Chain, *, from_block: int) -> None:
    """Read their logs again from a block on; those that are no older join anew."""
    read = IndexedFactory.objects.filter(factory__chain=chain, next_block__gt=from_block)
    read.filter(factory__deployment__block_number__gte=from_block).delete()
    read.update(next_block=from_block)
