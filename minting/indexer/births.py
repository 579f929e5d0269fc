"""How a collection began, by the chain's word alone: what its first block's logs and its contract tell."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from accounts.models import Person, Wallet
from generation.errors import FileUnavailable
from generation.models import StoredFile
from generation.storage import read_bytes
from minting import contract_calls
from minting.chain_reader import splitter_shares
from minting.engine.recalling import ever_ours, recall_mined
from minting.indexer.blocks import ChainMovedError, time_of
from minting.indexer.logs import Events, Log, logs_between
from minting.metadata import DESCRIPTION
from minting.models import Chain, Collection, Factory, Transaction
from minting.ownership import is_theirs, safe_owners
from minting.querysets import free_slug
from minting.rpc import ChainClient
from minting.telling import tell_collection

ADMIN = "0x" + 64 * "0"
"""OpenZeppelin's DEFAULT_ADMIN_ROLE"""


PROXY_CODE = "0x363d3d373d3d3d363d73"
"""what the code of an ERC-1167 proxy begins with; the address whose code it runs follows"""


@dataclass(frozen=True, kw_only=True)
class Birth:
    """A collection as it was made. `sent` is the transaction that did it, as JSON; `person` is its owner here."""

    collection: Collection
    sent: dict[str, Any]
    log: Log


def read_birth(client: ChainClient, chain: Chain, log: Log, *, address: str, factory: Factory | None) -> Birth | None:
    """What the chain says of the collection that this log tells of; None when it is none of this kind.

    Raises ChainUnavailable, RpcError, ChainMovedError.
    """
    sent = client.call("eth_getTransactionByHash", "0x" + log.transaction_hash.hex())
    first = logs_between(client, Events(addresses=[address]), first=log.block_number, last=log.block_number)
    admin = next((one for one in first if one.name == "RoleGranted" and one.arguments["role"] == ADMIN), None)
    royalty = next((one for one in first if one.name == "DefaultRoyaltySet"), None)
    if sent is None:
        raise ChainMovedError
    if admin is None or royalty is None:
        return None
    owner = admin.arguments["account"]
    words = {name: _word(client, address, name) for name in ("name", "symbol")}
    collection = Collection(
        chain=chain,
        address=address,
        name=words["name"][:80] or address[:10],
        symbol=words["symbol"][:12],
        description=_description(client, address),
        owner=_person(client, chain, owner, sender=sent["from"]),
        status=Collection.Status.READY,
        factory=factory,
        is_whole=factory is not None and not _is_proxy(client, address),
        owner_address=owner,
        royalty_basis_points=int(royalty.arguments["basisPoints"]),
        royalty_shares=_shares(client, royalty.arguments["receiver"], owner=owner),
        created_block=log.block_number,
        created_by=str(to_checksum_address(sent["from"])),
        created_at=time_of(client, log.block_number, log.block_hash),
    )
    return Birth(collection=collection, sent=sent, log=log)


def _is_proxy(client: ChainClient, address: str) -> bool:
    """Whether the code is that of a minimal proxy, and not the whole."""
    return str(client.call("eth_getCode", address, "latest")).startswith(PROXY_CODE)


def keep(client: ChainClient, birth: Birth) -> Collection:
    """Save it, with our transaction when it is one. Call it in a transaction. Raises ChainUnavailable."""
    made, chain = birth.collection, birth.collection.chain
    if made.created_by in ever_ours(chain.chain_id):
        carrier = recall_mined(client, chain, birth.sent, kind=Transaction.Kind.DEPLOY)
        if carrier is not None and not Collection.objects.filter(deployment=carrier).exists():
            made.deployment, made.created_block, made.created_by = carrier, None, ""
    made.slug = free_slug(made.name if slugify(made.name) else made.address)
    time = made.created_at
    made.save(force_insert=True)
    Collection.objects.filter(pk=made.pk).update(created_at=time)
    tell_collection(made)
    return made


def _person(client: ChainClient, chain: Chain, owner: str, *, sender: str) -> Person | None:
    """Whose it is here. Of one that a stranger made in somebody's name, nobody's: she never asked for it."""
    if to_checksum_address(sender) in ever_ours(chain.chain_id):
        return next((who for one in [owner, *safe_owners(client, owner)] if (who := person_of_wallet(one))), None)
    caller = person_of_wallet(sender)
    return caller if caller and is_theirs(client, address=owner, person=caller) else None


def person_of_wallet(address: str) -> Person | None:
    """Who has linked this address, in any case."""
    wallet = Wallet.objects.select_related("person").with_address(address).first()
    return wallet.person if wallet else None


def _word(client: ChainClient, address: str, function: str) -> str:
    """A name as the contract gives it, without what no page and no database takes; anybody may have chosen it."""
    try:
        answer = client.eth_call(to=address, data=contract_calls.call(function))
        text = str(contract_calls.result(function, answer)) if answer else ""
    except (DecodingError, ValueError):
        return ""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _description(client: ChainClient, address: str) -> str:
    """Of the collection's metadata, which the contract only knows the hash of, if the file is here."""
    place = _word(client, address, "contractURI").removeprefix("ipfs://")
    file = StoredFile.objects.filter(cid=place, is_public=True).first()
    if file is None:
        return ""
    try:
        told = json.loads(read_bytes(file)).get("description", "")
    except (FileUnavailable, ValueError, AttributeError):
        return ""
    return "" if told == DESCRIPTION or not isinstance(told, str) else told[:2000]


def _shares(client: ChainClient, receiver: str, *, owner: str) -> list[dict[str, Any]]:
    if receiver == owner:
        return []
    shares = splitter_shares(client, receiver) or ((receiver, 1),)
    return [{"address": payee, "parts": parts} for payee, parts in shares]
