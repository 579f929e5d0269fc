"""The index, and the rows of the contracts, rebuilt from the chain alone."""

import hashlib
import time

from django.db import transaction
from eth_utils.address import to_checksum_address

from minting import contract_calls
from minting.chain_identity import known_chain
from minting.chain_reader import splitter_shares
from minting.chains import ChainConfig, chain_config
from minting.contract_calls import COLLECTION, FACTORY
from minting.engine.recalling import ever_ours, recall_mined
from minting.indexer.adopting import adopt_tokens
from minting.indexer.births import keep, read_birth
from minting.indexer.blocks import Block, block_at, require, time_of
from minting.indexer.following import follow, forget, sole_indexer
from minting.indexer.logs import Events, Log, logs_between
from minting.models import Chain, Collection, Factory, Splitter, Transaction
from minting.rpc import ChainClient, client_for

PATIENCE_SECONDS = 60


class IndexBusyError(Exception):
    """A worker reads the chain's index all the time that was waited."""


def reindex(*, chain_id: int, from_block: int = 0, search: bool = False) -> int:
    """Wipe a chain's index from a block on and read it anew; how many events were read.

    The platform's own collection and the factory are looked for among all contracts when none is known, or when
    `search` says so. Raises ImproperlyConfigured for an unknown chain, IndexBusyError, ChainUnavailable, WrongChain,
    RpcError, ChainMovedError.
    """
    config = chain_config(chain_id)
    client = client_for(config)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with sole_indexer(config) as mine:
            if mine:
                return _reindex(config, client, from_block=from_block, search=search)
        if time.monotonic() > deadline:
            raise IndexBusyError
        time.sleep(0.2)


def _reindex(config: ChainConfig, client: ChainClient, *, from_block: int, search: bool) -> int:
    chain = known_chain(client)
    if search or not Collection.objects.filter(chain=chain, factory=None).exists() or not chain.factories.exists():
        head = block_at(client, "latest")
        _find_contracts(client, chain, head, first=from_block)
        _find_splitters(client, chain, head)
    touched = forget(client, chain, from_block=from_block)
    read = follow(config)
    # Only now: a token that the chain still has was never gone, and nobody has to hear that it was.
    with transaction.atomic():
        adopt_tokens(touched)
    return read


def _find_contracts(client: ChainClient, chain: Chain, head: Block, *, first: int) -> None:
    """Our own collections and factories: every collection says at its birth whom it pairs, a factory's model too."""
    asked = Events(addresses=None, contract=COLLECTION, name="Paired")
    logs = logs_between(client, asked, first=first, last=head.number)
    require(client, head)
    for log in logs:
        sent = client.call("eth_getTransactionByHash", "0x" + log.transaction_hash.hex())
        if sent is None or sent["to"] or to_checksum_address(sent["from"]) not in ever_ours(chain.chain_id):
            continue
        sender = str(to_checksum_address(sent["from"]))
        made = contract_calls.deployed_address(deployer=sender, nonce=int(sent["nonce"], 16))
        if log.address == made:
            _restore_collection(client, chain, log)
        elif log.arguments["minter"] == made:
            _restore_factory(client, chain, log, sent, address=made)


def _restore_collection(client: ChainClient, chain: Chain, log: Log) -> None:
    """A contract of its own: the platform's, or one of a person who is known here."""
    if Collection.objects.filter(chain=chain, address=log.address).exists():
        return
    birth = read_birth(client, chain, log, address=log.address, factory=None)
    if birth is None:
        return
    made = birth.collection
    is_platforms = made.owner_address in ever_ours(chain.chain_id)
    if not is_platforms and made.owner is None:
        # Without its owner it would be taken for the platform's, in which everybody may mint.
        return
    with transaction.atomic():
        keep(client, birth)
        if is_platforms and chain.chain_id == chain_config().chain_id:
            _make_default(made)


def _make_default(collection: Collection) -> None:
    if not Collection.objects.filter(is_default=True).exists():
        Collection.objects.filter(pk=collection.pk).update(is_default=True)


@transaction.atomic
def _restore_factory(client: ChainClient, chain: Chain, log: Log, sent: dict[str, str], *, address: str) -> None:
    if Factory.objects.filter(chain=chain, address=address).exists():
        return
    carrier = recall_mined(client, chain, sent, kind=Transaction.Kind.FACTORY)
    if carrier is None:
        return
    made = Factory.objects.create(
        chain=chain,
        address=address,
        code_hash=hashlib.sha256(bytes(carrier.data)).digest(),
        deployment=carrier,
    )
    Factory.objects.filter(pk=made.pk).update(created_at=time_of(client, log.block_number, log.block_hash))


def _find_splitters(client: ChainClient, chain: Chain, head: Block) -> None:
    """Those that the platform had a factory make for tokens; the others belong to their collections."""
    selector = "0x" + contract_calls.selector("createSplitter", of=FACTORY).hex()
    for factory in chain.factories.select_related("deployment"):
        asked = Events(addresses=[factory.address], contract=FACTORY, name="SplitterCreated")
        for log in logs_between(client, asked, first=factory.deployment.block_number or 0, last=head.number):
            sent = client.call("eth_getTransactionByHash", "0x" + log.transaction_hash.hex())
            ours = sent and to_checksum_address(sent["from"]) in ever_ours(chain.chain_id)
            if ours and sent["input"].startswith(selector):
                _restore_splitter(client, chain, log, sent)


@transaction.atomic
def _restore_splitter(client: ChainClient, chain: Chain, log: Log, sent: dict[str, str]) -> None:
    address = log.arguments["splitter"]
    shares = splitter_shares(client, address)
    if not shares or Splitter.objects.filter(chain=chain, address=address).exists():
        return
    carrier = recall_mined(client, chain, sent, kind=Transaction.Kind.SPLITTER)
    if carrier is not None:
        as_json = [{"address": payee, "parts": parts} for payee, parts in shares]
        made = Splitter.objects.create(chain=chain, address=address, shares=as_json, deployment=carrier)
        Splitter.objects.filter(pk=made.pk).update(created_at=time_of(client, log.block_number, log.block_hash))
