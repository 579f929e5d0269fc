"""Creating people's own collections: through the factory, paid for by the platform, owned by them."""

import hashlib
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction

from accounts.models import Person
from accounts.querysets import first_wallet_address
from api.errors import InvalidInput
from api.identifiers import new_id
from api.models import ApiKey
from generation.storage import store_bytes
from minting import budgets, contract_calls
from minting.addresses import parse_address
from minting.chain_identity import known_chain
from minting.chains import ChainConfig, chain_config
from minting.errors import FactoryMissing, NotYourAddress, SignerWithoutFunds, TooManyCollections, WholeNotMade
from minting.metadata import collection_metadata
from minting.models import Collection, Factory, Transaction
from minting.ownership import is_theirs
from minting.platform_calls import PlatformCall, assign
from minting.querysets import free_slug
from minting.rpc import ChainClient, RpcError, client_for
from minting.shares import MOST_BASIS_POINTS, RoyaltyShare, checked_shares
from minting.signers import Signer, attester_address, platform_signer
from minting.telling import tell_collection
from provenance.attestations import NO_CREATOR

LIMITS = {"name": 80, "symbol": 12, "description": 2000}


def create_collection(
    *,
    person: Person,
    name: str,
    symbol: str,
    description: str = "",
    owner: str | None = None,
    royalty_basis_points: int = 500,
    royalty_shares: Sequence[RoyaltyShare] = (),
    chain_id: int | None = None,
    whole: bool = False,
    api_key: ApiKey | None = None,
) -> Collection:
    """Have the factory make a collection; its address is known at once, and the platform pays.

    `owner` is one of the person's linked wallets (the first by default) or a Safe that one of them owns; it becomes
    the admin. Without shares the royalties go to the owner; with several, to a splitter made along. A `whole`
    contract costs thirteen times what a proxy does, so it counts against the budget of the person and of `api_key`
    like a mint. Raises InvalidInput, BadAddress, NotYourAddress, TooManyCollections, FactoryMissing,
    ChainUnavailable, WrongChain; for a whole one also WholeNotMade, BudgetExhausted, SignerWithoutFunds.
    """
    _check_words(name=name, symbol=symbol, description=description)
    shares = checked_shares(royalty_shares)
    if not 0 <= royalty_basis_points <= MOST_BASIS_POINTS:
        raise InvalidInput.for_field("royalty_basis_points", "Royalties can be 0 to 1000 basis points (10 %).")
    # Those that she, or anybody else in her name, paid for do not count.
    if person.collections.exclude(deployment=None).count() >= settings.COLLECTIONS_PER_PERSON:
        raise TooManyCollections(
            f"You have {settings.COLLECTIONS_PER_PERSON} collections, which is as many as the platform pays for."
        )
    client = client_for(_config(chain_id))
    collection = Collection(
        id=new_id(),
        slug=free_slug(name),
        chain=known_chain(client),
        name=name.strip(),
        symbol=symbol.strip(),
        description=description.strip(),
        owner=person,
        owner_address=_owner(client, person, owner),
        royalty_basis_points=royalty_basis_points,
        royalty_shares=[{"address": share.address, "parts": share.parts} for share in shares],
        is_whole=whole,
    )
    collection.factory = newest_factory(collection.chain_id)
    return _send(client, collection, api_key=api_key)


def _send(client: ChainClient, collection: Collection, *, api_key: ApiKey | None) -> Collection:
    assert collection.factory is not None
    signer, place = platform_signer(collection.chain_id), collection.factory.address
    arguments = _arguments(collection, minter=signer.address)
    collection.address = _address(client, collection, arguments)
    if collection.is_whole:
        _require_money(client, signer)

    def save(deployment: Transaction) -> None:
        collection.deployment = deployment
        collection.save(force_insert=True)
        tell_collection(collection)

    function = "createWholeCollection" if collection.is_whole else "createCollection"
    data = contract_calls.call(function, *arguments, of=contract_calls.FACTORY)
    call = PlatformCall(kind=Transaction.Kind.DEPLOY, to=place, data=data)
    try:
        with transaction.atomic():
            # The budget's row before the nonce's, as everybody locks them.
            if collection.is_whole:
                _count(collection, api_key=api_key)
            assign(client, chain=collection.chain, signer=signer, call=call, then=save)
    except IntegrityError as error:
        # Two of the same name at the same moment: the database keeps one, and the other's nonce was not taken.
        raise InvalidInput.for_field(
            "name", "A collection of this name is being made already.", code="taken"
        ) from error
    return collection


def _address(client: ChainClient, collection: Collection, arguments: tuple[object, ...]) -> str:
    """Where the factory will make it. Raises WholeNotMade."""
    assert collection.factory is not None
    function = "wholeCollectionAddress" if collection.is_whole else "collectionAddress"
    asked = contract_calls.call(function, *arguments, of=contract_calls.FACTORY)
    try:
        answer = client.eth_call(to=collection.factory.address, data=asked)
    except RpcError as error:
        if not collection.is_whole or not error.is_revert:
            raise
        # A contract refuses a function that it does not have.
        raise WholeNotMade(
            f"The factory on {collection.chain} was deployed by an earlier release and makes proxies only. Choose a "
            "proxy, or have an operator run manage.py deploy_default_collection, which deploys this release's. "
            "Nothing was done."
        ) from error
    return parse_address(contract_calls.result(function, answer, of=contract_calls.FACTORY))


def _require_money(client: ChainClient, signer: Signer) -> None:
    """What the signer cannot pay for would hold up all that comes after it. Raises SignerWithoutFunds."""
    price = int(client.call("eth_gasPrice"), 16)
    if client.balance(signer.address) < budgets.GAS_OF_A_WHOLE_COLLECTION * price:
        raise SignerWithoutFunds(
            f"The platform has not enough {client.config.currency} on {client.config.name} now to make a whole "
            "contract. Choose a proxy, or come back when it was refilled. Nothing was done."
        )


def _count(collection: Collection, *, api_key: ApiKey | None) -> None:
    assert collection.owner is not None
    gas = budgets.GAS_OF_A_WHOLE_COLLECTION
    budgets.spend(person=collection.owner, api_key=api_key, chain=collection.chain, gas=gas)


def _arguments(collection: Collection, *, minter: str) -> tuple[object, object, bytes]:
    """The factory's: setup, shares in the order it wants them, and a salt that no other collection has."""
    metadata = store_bytes(data=collection_metadata(collection), media_type="application/json")
    shares = [(share["address"], share["parts"]) for share in collection.royalty_shares]
    receiver = collection.owner_address
    if shares:
        receiver = shares[0][0] if len(shares) == 1 else NO_CREATOR
    setup = (
        collection.name,
        collection.symbol,
        collection.owner_address,
        minter,
        attester_address(),
        receiver,
        collection.royalty_basis_points,
        False,
        bytes(metadata.sha256),
    )
    split = sorted(shares, key=lambda share: int(share[0], 16)) if len(shares) > 1 else []
    return setup, split, hashlib.sha256(collection.pk.bytes).digest()


def newest_factory(chain_id: int) -> Factory:
    """The factory that is used on a chain. Raises FactoryMissing."""
    found = Factory.objects.filter(chain_id=chain_id, deployment__succeeded=True).first()
    if found is None:
        raise FactoryMissing(
            "Collections cannot be made on this chain yet. An operator has to run manage.py "
            "deploy_default_collection, which deploys the factory too. Nothing was done."
        )
    return found


def _owner(client: ChainClient, person: Person, owner: str | None) -> str:
    address = parse_address(owner, field="owner") if owner else first_wallet_address(person)
    if address is None:
        raise InvalidInput.for_field(
            "owner", "Link a wallet first: a collection belongs to an address.", code="required"
        )
    if not is_theirs(client, address=address, person=person):
        detail = (
            "This address is neither one of your linked wallets nor a Safe that one of them owns. Link the wallet "
            "first; nothing was done."
        )
        raise NotYourAddress.for_field("owner", detail, code="not_your_address")
    return address


def _config(chain_id: int | None) -> ChainConfig:
    try:
        return chain_config(chain_id)
    except ImproperlyConfigured as error:
        raise InvalidInput.for_field("chain_id", str(error), code="unknown_chain") from error


def _check_words(**words: str) -> None:
    for field, value in words.items():
        least = 0 if field == "description" else 1
        if not least <= len(value.strip()) <= LIMITS[field]:
            raise InvalidInput.for_field(field, f"The {field} must have {least} to {LIMITS[field]} characters.")
