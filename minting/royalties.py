"""The royalty of one token, as its creator wants it: how much, and who shares it.

The contract takes it from a MINTER, in the transaction that makes the token or in a voucher that a MINTER signed: the
platform decides it on the creator's word, as it decides who will own the token. From then on only whoever receives it
can hand it on. Several payees receive it through a splitter, which anybody can make at the address that its shares
determine; the platform's relayer makes it, so that it is there when money comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Person
from accounts.querysets import first_wallet_address
from api.errors import InvalidInput
from api.models import ApiKey
from generation.models import Work
from minting import budgets, contract_calls
from minting.addresses import parse_address
from minting.chains import chain_config
from minting.creating import newest_factory
from minting.errors import RoyaltyNotTaken
from minting.models import Collection, Splitter, Transaction
from minting.platform_calls import PlatformCall, assign
from minting.rpc import ChainClient, RpcError, client_for
from minting.shares import MOST_BASIS_POINTS, RoyaltyShare, checked_shares
from minting.signers import platform_signer
from provenance import attestations
from provenance.attestations import NO_CREATOR


@dataclass(frozen=True, kw_only=True)
class RoyaltyWish:
    """What a creator asks for. No basis points: as many as the collection has; no shares: all to the creator."""

    basis_points: int | None = None
    shares: Sequence[RoyaltyShare] = ()


def royalty_fields(
    wish: RoyaltyWish | None, *, person: Person, work: Work, collection: Collection, api_key: ApiKey | None
) -> dict[str, Any]:
    """The fields of `OwnRoyalty` for this wish; none without one. Makes the splitter if it is not there.

    Call it in the transaction that writes the mint or voucher, after all else is checked. Raises InvalidInput,
    BadAddress, RoyaltyNotTaken, FactoryMissing, BudgetExhausted, ChainUnavailable, WrongChain.
    """
    if wish is None:
        return {}
    basis_points = collection.royalty_basis_points if wish.basis_points is None else wish.basis_points
    if not 0 <= basis_points <= MOST_BASIS_POINTS:
        raise InvalidInput.for_field("royalty.basis_points", "Royalties can be 0 to 1000 basis points (10 %).")
    shares = checked_shares(wish.shares, field="royalty.shares")
    client = client_for(chain_config(collection.chain_id))
    _refuse_old_contract(client, collection)
    fields: dict[str, Any] = {"royalty_basis_points": basis_points}
    if len(shares) < 2:
        return {**fields, "royalty_receiver": shares[0].address if shares else _creator_of(person, work)}
    splitter = _splitter(client, collection, shares, person=person, api_key=api_key)
    return {**fields, "royalty_receiver": splitter.address, "royalty_shares": splitter.shares}


def _creator_of(person: Person, work: Work) -> str:
    """The creator whom the work's attestation names, else the person's first wallet."""
    try:
        attestation, _, _ = attestations.from_document(work.attestation)
    except ValueError:
        named = NO_CREATOR
    else:
        named = attestation.creator
    address = first_wallet_address(person) if named == NO_CREATOR else named
    if address is None:
        detail = "You have no linked wallet: say which address shall receive the royalty."
        raise InvalidInput.for_field("royalty.shares", detail, code="required")
    return address


def _refuse_old_contract(client: ChainClient, collection: Collection) -> None:
    selector = contract_calls.selector("mintWithRoyalty")
    try:
        answer = client.eth_call(to=collection.address, data=contract_calls.call("supportsInterface", selector))
    except RpcError:
        answer = b""
    if not any(answer):
        raise RoyaltyNotTaken(
            f"The contract of “{collection.name}” was made by an earlier release and takes no royalty for a single "
            "token. Leave the royalty out, or choose another collection. Nothing was done."
        )


def _splitter(
    client: ChainClient,
    collection: Collection,
    shares: Sequence[RoyaltyShare],
    *,
    person: Person,
    api_key: ApiKey | None,
) -> Splitter:
    """The one splitter of these shares; one that is not made yet is counted against the person's budget."""
    factory = newest_factory(collection.chain_id).address
    ordered = sorted(shares, key=lambda share: int(share.address, 16))
    argument = [(share.address, share.parts) for share in ordered]
    answer = client.eth_call(to=factory, data=_factory_call("splitterAddress", argument))
    address = parse_address(contract_calls.result("splitterAddress", answer, of=contract_calls.FACTORY))
    known = Splitter.objects.filter(chain=collection.chain_id, address=address).first()
    if known is not None and known.deployment.succeeded is not False:
        return known
    budgets.spend(person=person, api_key=api_key, chain=collection.chain, gas=budgets.GAS_OF_A_SPLITTER)
    made: list[Splitter] = []

    def keep(deployment: Transaction) -> None:
        as_json = [{"address": share.address, "parts": share.parts} for share in ordered]
        splitter, _ = Splitter.objects.update_or_create(
            chain=collection.chain, address=address, defaults={"shares": as_json, "deployment": deployment}
        )
        made.append(splitter)

    call = PlatformCall(kind=Transaction.Kind.SPLITTER, to=factory, data=_factory_call("createSplitter", argument))
    signer = platform_signer(collection.chain_id)
    assign(client, chain=collection.chain, signer=signer, call=call, then=keep)
    return made[0]


def _factory_call(function: str, shares: Sequence[tuple[str, int]]) -> bytes:
    return contract_calls.call(function, shares, of=contract_calls.FACTORY)


def wish_of(body: Mapping[str, Any] | None) -> RoyaltyWish | None:
    """A request's `royalty`, already checked for types, as a wish."""
    if body is None:
        return None
    shares = [RoyaltyShare(**share) for share in body.get("shares", [])]
    return RoyaltyWish(basis_points=body.get("basis_points"), shares=shares)
