"""Vouchers: the platform signs that a work may be minted, and somebody else's wallet sends and pays."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from api.errors import InvalidInput
from api.models import ApiKey
from generation.errors import WorkNotFound
from generation.models import Work
from minting import budgets, contract_calls
from minting.addresses import parse_address
from minting.chains import chain_config
from minting.contracts.mint_item import attestation_fields, compact_signature
from minting.errors import UnknownCollection, VoucherNotCancelable, VoucherOpen, WorkNotMintable
from minting.models import Collection, Mint, Transaction, Voucher
from minting.platform_calls import PlatformCall, assign
from minting.querysets import collection_named
from minting.royalties import RoyaltyWish, royalty_fields
from minting.rpc import client_for
from minting.services import token_to_be
from minting.signers import platform_signer
from minting.telling import tell_voucher
from provenance import attestations
from provenance import vouchers as signed

LIFETIME = timedelta(days=7)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=365)
MOST_WEI = 2**96
OPEN, CANCELING, CANCELED, USED, EXPIRED = "open", "canceling", "canceled", "used", "expired"
STATES = (OPEN, CANCELING, CANCELED, USED, EXPIRED)


@dataclass(frozen=True, kw_only=True)
class Call:
    """The transaction a wallet has to send: all that ethers, viem or web3.py need."""

    chain_id: int
    to: str
    data: bytes
    value: int


def issue_voucher(
    *,
    person: Person,
    work: Work,
    to: str,
    collection: Collection | None = None,
    price: int = 0,
    deadline: datetime | None = None,
    royalty: RoyaltyWish | None = None,
    api_key: ApiKey | None = None,
) -> Voucher:
    """Sign that `to` may mint a work for `price` wei until `deadline` (a week by default).

    Asked again with the same terms while it is open, the same voucher is given. Raises BadAddress, InvalidInput,
    UnknownCollection, WorkNotMintable, AlreadyMinted, TokenBurnt, VoucherOpen, generation's WorkNotFound for others'
    works, and for a royalty what `royalties.royalty_fields` raises.
    """
    if work.person_id != person.pk:
        raise WorkNotFound("There is no such work among yours. Only the maker of a work can give out its voucher.")
    owner, collection = parse_address(to), collection or collection_named(None)
    if collection.status != Collection.Status.READY:
        raise UnknownCollection(f"The collection “{collection.name}” is not ready to mint in.")
    if not 0 <= price < MOST_WEI:
        raise InvalidInput.for_field("price", "The price is 0 or more, in wei, and less than 2^96.")
    until = _checked(deadline)
    with transaction.atomic():
        metadata = token_to_be(work=work, collection=collection)
        own = royalty_fields(royalty, person=person, work=work, collection=collection, api_key=api_key)
        voucher = Voucher(
            work=work, collection=collection, person=person, to=owner, price=price, deadline=until,
            metadata_file=metadata, **own,
        )  # fmt: skip
        known = _open_voucher(work, collection)
        if known is not None:
            return _same_terms(known, voucher)
        _call_data(voucher, signature=bytes(65))
        _sign(voucher)
        voucher.save(force_insert=True)
        tell_voucher(voucher, OPEN)
    return voucher


def cancel_voucher(*, voucher: Voucher, payer: Person | None = None, api_key: ApiKey | None = None) -> Voucher:
    """Have the chain take a voucher back; the platform pays. It is worth nothing once that is mined.

    `payer` is whose budget it counts against, and `api_key`'s; nobody's when an operator does it. Raises
    VoucherNotCancelable, BudgetExhausted, ChainUnavailable, WrongChain.
    """
    with transaction.atomic():
        locked = (
            Voucher.objects.select_for_update(of=("self",))
            .select_related("collection__chain", "work", "metadata_file")
            .get(pk=voucher.pk)
        )
        state = state_of(locked)
        if state != OPEN:
            raise VoucherNotCancelable(f"Only an open voucher can be canceled; this one is {state}.")
        chain = locked.collection.chain
        client = client_for(chain_config(chain.chain_id))
        if payer is not None:
            budgets.spend(person=payer, api_key=api_key, chain=chain, gas=budgets.GAS_OF_A_CANCELLATION)

        def note(carrier: Transaction) -> None:
            locked.cancellation = carrier
            locked.save(update_fields=["cancellation"])
            tell_voucher(locked, CANCELING)

        function = "cancelVoucher" if locked.own_royalty() is None else "cancelRoyaltyVoucher"
        data = contract_calls.call(function, message_of(locked).fields())
        call = PlatformCall(kind=Transaction.Kind.CANCEL, to=locked.collection.address, data=data)
        assign(client, chain=chain, signer=platform_signer(chain.chain_id), call=call, then=note)
    return locked


def state_of(voucher: Voucher) -> str:
    """`open`, `canceling` (on its way to the chain), `canceled`, `used`, or `expired`."""
    if voucher.cancellation is not None and voucher.cancellation.succeeded:
        return CANCELED
    minted = Mint.objects.filter(
        work=voucher.work_id, collection=voucher.collection_id, status__in=[Mint.Status.MINED, Mint.Status.FINAL]
    )
    if minted.exists():
        return USED
    if voucher.deadline <= timezone.now():
        return EXPIRED
    return CANCELING if voucher.cancellation is not None and voucher.cancellation.succeeded is None else OPEN


def message_of(voucher: Voucher) -> signed.MintVoucher:
    """What was signed."""
    return signed.MintVoucher(
        content_hash=bytes(voucher.work.content_hash),
        metadata_hash=bytes(voucher.metadata_file.sha256),
        to=voucher.to,
        price=int(voucher.price),
        deadline=int(voucher.deadline.timestamp()),
        royalty=voucher.own_royalty(),
    )


def call_of(voucher: Voucher) -> Call:
    """The transaction that mints with a voucher. Anybody may send it; the token goes to `to`."""
    return Call(
        chain_id=voucher.collection.chain_id,
        to=voucher.collection.address,
        data=_call_data(voucher, signature=bytes(voucher.signature)),
        value=int(voucher.price),
    )


def _call_data(voucher: Voucher, *, signature: bytes) -> bytes:
    try:
        attestation, attested, _ = attestations.from_document(voucher.work.attestation)
        words = compact_signature(attested)
    except ValueError as error:
        raise WorkNotMintable(f"The work's attestation cannot be read: {error}.", code="not_attested") from error
    arguments = (message_of(voucher).fields(), signature, attestation_fields(attestation), words)
    function = "mintWithVoucher" if voucher.own_royalty() is None else "mintWithRoyaltyVoucher"
    return contract_calls.call(function, *arguments)


def _sign(voucher: Voucher) -> None:
    signer, place = platform_signer(voucher.collection.chain_id), voucher.collection
    preimage = signed.preimage(message_of(voucher), chain_id=place.chain_id, contract=place.address)
    voucher.signer, voucher.signature = signer.address, signer.sign_preimage(preimage)


def _open_voucher(work: Work, collection: Collection) -> Voucher | None:
    """The work's voucher that could still be used here; there is at most one (the work is locked)."""
    known = Voucher.objects.select_related("cancellation", "collection", "work", "metadata_file").filter(
        work=work, collection=collection, deadline__gt=timezone.now() + SHORTEST / 2
    )
    return next((voucher for voucher in known if state_of(voucher) in {OPEN, CANCELING}), None)


def _terms(voucher: Voucher) -> tuple[object, ...]:
    return (voucher.to, int(voucher.price), voucher.metadata_file_id, voucher.own_royalty())


def _same_terms(known: Voucher, asked: Voucher) -> Voucher:
    if _terms(known) == _terms(asked) and state_of(known) == OPEN:
        return known
    raise VoucherOpen(
        f"This work has an open voucher in “{known.collection.name}” with other terms, until "
        f"{known.deadline:%d %B %Y, %H:%M} UTC: {known.pk}. Cancel it first, or wait: each could be used in place of "
        "the other."
    )


def _checked(deadline: datetime | None) -> datetime:
    now = timezone.now()
    until = (deadline or now + LIFETIME).astimezone(UTC).replace(microsecond=0)
    if not now + SHORTEST <= until <= now + LONGEST:
        raise InvalidInput.for_field("deadline", "The deadline must lie 5 minutes to 365 days ahead.")
    return until
