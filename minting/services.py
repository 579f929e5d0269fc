"""Writes of minting: requesting and retrying mints, deploying collections. (The engine is `minting.engine`.)"""

from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction

from accounts.models import Person
from api.errors import InvalidInput
from api.models import ApiKey
from generation.errors import WorkNotFound
from generation.ipfs import pinning
from generation.models import StoredFile, Work
from generation.storage import store_bytes
from minting import budgets
from minting.addresses import parse_address
from minting.deploying import deploy
from minting.errors import AlreadyMinted, MintNotRetryable, TokenBurnt, UnknownCollection, WorkNotMintable
from minting.live import change_mints
from minting.metadata import MetadataTooLarge, token_metadata
from minting.models import Collection, Mint, Transaction
from minting.querysets import burnt_token, collection_named, live_mint
from minting.royalties import RoyaltyWish, royalty_fields
from minting.telling import tell_mints
from minting.wake import wake_chain_worker_on_commit

NOT_MINTABLE = {
    Work.Review.HIDDEN: ("work_hidden", "The curators have hidden this work, so it cannot be minted."),
    Work.Review.REJECTED: ("work_rejected", "The curators have rejected this work, so it cannot be minted."),
}


def request_mint(
    *,
    person: Person,
    work: Work,
    to: str,
    collection: Collection | None = None,
    royalty: RoyaltyWish | None = None,
    api_key: ApiKey | None = None,
) -> Mint:
    """Write the token's metadata, content-addressed, and a Mint; wake the chain worker on commit.

    `to` is an address (EIP-55 when mixed case); `collection` defaults to the default one; `api_key` is the key that
    asks, if one does: what the mint will cost is set aside of its budget too; without `royalty` the collection's
    holds. Raises BadAddress, UnknownCollection, WorkNotMintable, AlreadyMinted, TokenBurnt, BudgetExhausted,
    generation's WorkNotFound for somebody else's work, and for a royalty what `royalties.royalty_fields` raises.
    """
    if work.person_id != person.pk:
        raise WorkNotFound("There is no such work among yours. Only the maker of a work can mint it.")
    owner = parse_address(to)
    collection = collection or collection_named(None)
    if collection.status != Collection.Status.READY:
        raise UnknownCollection(f"The collection “{collection.name}” is not ready to mint in.")
    with transaction.atomic():
        metadata = token_to_be(work=work, collection=collection)
        own = royalty_fields(royalty, person=person, work=work, collection=collection, api_key=api_key)
        mint = _create(work=work, collection=collection, person=person, to=owner, metadata_file=metadata, **own)
        budgets.reserve(mint, api_key=api_key)
        tell_mints([mint.pk])
        pinning.want_work(work)
        pinning.want(metadata)
        wake_chain_worker_on_commit()
    return mint


def _mintable(work: Work) -> Work:
    """The work, locked so that no curator decides at the same moment. Raises WorkNotMintable."""
    locked = (
        Work.objects.select_for_update(of=("self",), no_key=True)
        .select_related("file", "recipe_file", "model", "job")
        .get(id=work.pk)
    )
    if locked.review_state in NOT_MINTABLE:
        code, detail = NOT_MINTABLE[Work.Review(locked.review_state)]
        raise WorkNotMintable(detail, code=code)
    return locked


def _refuse_second(work: Work, collection: Collection) -> None:
    burnt = burnt_token(work=work, collection=collection)
    if burnt is not None:
        raise TokenBurnt(
            f"This work’s token in “{collection.name}” was burnt in block {burnt.changed_block}. A content that was "
            "burnt stays taken there, so it cannot be minted again. Choose another collection. Nothing was done."
        )
    existing = live_mint(work=work, collection=collection)
    if existing is not None:
        raise AlreadyMinted(
            f"This work has, or is getting, its token in “{collection.name}”: "
            f"mint {existing.pk} is {existing.status}."
        )


def _create(**fields: object) -> Mint:
    try:
        with transaction.atomic():
            return Mint.objects.create(**fields)
    except IntegrityError as error:
        # Two requests at the same moment: the database keeps one.
        raise AlreadyMinted("This work is getting its token in this collection already.") from error


def token_to_be(*, work: Work, collection: Collection) -> StoredFile:
    """The stored metadata of the token that a work could have in a collection; lock and check the work for it.

    Call it in a transaction. Raises UnknownCollection for somebody else's, WorkNotMintable, AlreadyMinted and
    TokenBurnt.
    """
    if not collection.takes_works_of(work.person_id):
        raise UnknownCollection(f"“{collection.name}” is somebody else’s collection. Nothing was done.")
    work = _mintable(work)
    _refuse_second(work, collection)
    try:
        return store_bytes(data=token_metadata(work), media_type="application/json")
    except MetadataTooLarge as error:
        raise WorkNotMintable(f"The token cannot be made: {error}.", code="metadata_too_large") from error


def retry_mint(*, mint: Mint, api_key: ApiKey | None = None) -> Mint:
    """Request a failed mint again.

    Raises MintNotRetryable, AlreadyMinted, TokenBurnt, WorkNotMintable, BudgetExhausted.
    """
    with transaction.atomic():
        # The transaction's row first, as the engine locks them.
        former = Transaction.objects.select_for_update(of=("self",)).filter(mints=mint.pk).first()
        locked = Mint.objects.select_for_update(of=("self",)).select_related("collection__chain").get(id=mint.pk)
        if locked.status != Mint.Status.FAILED:
            raise MintNotRetryable(f"Only a failed mint can be tried again; this one is {locked.status}.")
        _refuse_second(_mintable(locked.work), locked.collection)
        budgets.reserve(locked, api_key=api_key)
        # The former transaction keeps its nonce. Until it is final, a reorg could still make the token of it, so the
        # mint keeps it that long (law 2); then the engine lets it go (outcomes.let_go).
        waits = former is not None and former.status != Transaction.Status.FINAL
        if waits:
            # Who asks again does not want it canceled any more.
            Transaction.objects.filter(mints=locked.pk).update(cancel_requested_at=None)
        change_mints(
            Mint.objects.filter(id=locked.pk),
            status=Mint.Status.REQUESTED,
            transaction=former if waits else None,
            error_code="",
            error_detail="",
            submitted_at=None,
            mined_at=None,
        )
        wake_chain_worker_on_commit()
    mint.refresh_from_db()
    return mint


def deploy_collection(
    *,
    slug: str,
    name: str,
    symbol: str,
    description: str = "",
    chain_id: int | None = None,
    owner: Person | None = None,
    is_default: bool = False,
) -> Collection:
    """Deploy a new collection through the transaction engine; its address is known at once, from the nonce.

    `chain_id` defaults to the first configured chain. An owner with a wallet is its admin and gets the royalties;
    without one the platform's signer is admin, and royalties go to each work's creator. Raises InvalidInput,
    ChainUnavailable, WrongChain.
    """
    for field, value, limit in (("slug", slug, 60), ("name", name, 80), ("symbol", symbol, 12)):
        if not value.strip() or len(value) > limit:
            raise InvalidInput.for_field(field, f"The {field} must have 1 to {limit} characters.")
    if Collection.objects.filter(slug=slug).exists():
        raise InvalidInput.for_field("slug", f"There is a collection named “{slug}” already.", code="taken")
    collection = Collection(
        slug=slug, name=name, symbol=symbol, description=description, owner=owner, is_default=is_default
    )
    try:
        return deploy(collection, chain_id=chain_id)
    except ImproperlyConfigured as error:
        raise InvalidInput.for_field("chain_id", str(error), code="unknown_chain") from error
    except IntegrityError as error:
        # Two deployments at the same moment: the database keeps one, and the other's nonce was not taken.
        raise InvalidInput.for_field("slug", f"“{slug}” is being deployed already.", code="taken") from error
