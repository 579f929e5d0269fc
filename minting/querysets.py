"""Questions about mints, collections and transactions. What they return can be filtered on."""

from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.text import slugify

from accounts.models import Person
from generation.models import Work
from minting.errors import MintNotFound, UnknownCollection, VoucherNotFound
from minting.models import Collection, Mint, MintBatch, Token, Transaction, Voucher


def mints_with_everything() -> QuerySet[Mint]:
    """Mints with all that a page or the API shows of them, without further queries per mint.

    `burnt_block` is the block in which the token was burnt, as the index knows; None while it is not.
    """
    burnt = Token.objects.burnt().filter(collection=OuterRef("collection"), token_id=OuterRef("work__content_hash"))
    return (
        Mint.objects.select_related(
            "work__file", "work__model", "collection__chain", "transaction", "metadata_file", "person"
        )
        .prefetch_related("transaction__attempts")
        .annotate(burnt_block=Subquery(burnt.values("changed_block")))
    )


def mints_of(*, person: Person) -> QuerySet[Mint]:
    """A person's mints, newest first."""
    return mints_with_everything().filter(person=person)


def mint_for(*, person: Person, mint_id: UUID) -> Mint:
    """A person's own mint. Raises MintNotFound when there is none, or it is somebody else's."""
    mint = mints_of(person=person).filter(id=mint_id).first()
    if mint is None:
        raise MintNotFound("There is no mint with this id among yours.")
    return mint


def mint_batch_for(*, person: Person, batch_id: UUID) -> MintBatch:
    """A person's own batch. Raises MintNotFound."""
    batch = MintBatch.objects.filter(person=person, pk=batch_id).first()
    if batch is None:
        raise MintNotFound("There is no batch of mints with this id among yours.")
    return batch


def vouchers_of(*, person: Person) -> QuerySet[Voucher]:
    """A person's vouchers with all that is shown of them, newest first."""
    return Voucher.objects.filter(person=person).select_related(
        "work", "collection__chain", "metadata_file", "cancellation"
    )


def voucher_for(*, person: Person, voucher_id: UUID) -> Voucher:
    """A person's own voucher. Raises VoucherNotFound."""
    voucher = vouchers_of(person=person).filter(pk=voucher_id).first()
    if voucher is None:
        raise VoucherNotFound("There is no voucher with this id among yours.")
    return voucher


def live_mint(*, work: Work, collection: Collection) -> Mint | None:
    """The mint that is, or becomes, the work's token in a collection: there is at most one."""
    return Mint.objects.filter(work=work, collection=collection).exclude(status=Mint.Status.FAILED).first()


def burnt_token(*, work: Work, collection: Collection) -> Token | None:
    """The work's token in a collection, if it was burnt, as the index knows."""
    return Token.objects.of_content(bytes(work.content_hash)).burnt().filter(collection=collection).first()


def token_mint(*, chain_id: int, address: str, token_id: int) -> Mint | None:
    """The mint behind a token, by the token's place on the chain; None when this platform does not know it."""
    if not 0 <= token_id < 2**256:
        return None
    return (
        mints_with_everything()
        .filter(collection__chain_id=chain_id, collection__address__iexact=address)
        .filter(work__content_hash=token_id.to_bytes(32, "big"))
        .exclude(status=Mint.Status.FAILED)
        .first()
    )


def ready_collections() -> QuerySet[Collection]:
    """Collections that tokens can be minted in, the default one first."""
    return Collection.objects.filter(status=Collection.Status.READY).select_related("chain")


def collections_for(person: Person) -> QuerySet[Collection]:
    """Ready collections that take a person's works (`Collection.takes_works_of`)."""
    return ready_collections().filter(Q(owner=person) | Q(owner=None, factory=None))


def listed_collections() -> QuerySet[Collection]:
    """Those shown to everybody: not one whose name a stranger wrote who is nobody here."""
    return Collection.objects.exclude(owner=None, factory__isnull=False)


def free_slug(name: str) -> str:
    """The name as a slug; with a number behind when it is taken."""
    base = slugify(name)[:50] or "collection"
    taken = set(Collection.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def collection_named(name: str | None) -> Collection:
    """The ready collection with this slug or id; without one, the default. Raises UnknownCollection."""
    ready = ready_collections()
    if name is None:
        found = ready.filter(is_default=True).first()
        if found is None:
            raise UnknownCollection("There is no default collection yet. Run: manage.py deploy_default_collection")
        return found
    by_id = Q(id=_uuid(name)) if _uuid(name) else Q(pk__in=[])
    found = ready.filter(Q(slug=name) | by_id).first()
    if found is None:
        raise UnknownCollection(f"There is no collection “{name[:60]}” that is ready to mint in.")
    return found


def waiting_mints(*, chain_id: int) -> QuerySet[Mint]:
    """Mints that wait for a nonce, oldest first."""
    return Mint.objects.filter(
        status=Mint.Status.REQUESTED,
        transaction=None,
        collection__chain_id=chain_id,
        collection__status=Collection.Status.READY,
    ).order_by("created_at")


def open_transactions(*, chain_id: int, signer: str) -> QuerySet[Transaction]:
    """Transactions that are not in the chain yet, in the order of their nonces."""
    not_mined = [Transaction.Status.ASSIGNED, Transaction.Status.SIGNED, Transaction.Status.SENT]
    return Transaction.objects.filter(chain_id=chain_id, signer=signer, status__in=not_mined).order_by("nonce")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
