"""Events of minting for the webhooks' outbox, each with the facts that a receiver needs."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from minting.models import Collection, Mint, Voucher
from minting.models.royalties import OwnRoyalty
from provenance.digests import to_hex
from webhooks.services import record_event


def tell_mints(ids: Iterable[UUID], *, what: str = "") -> None:
    """Record the present status of these mints, as `mint.mined`, or what else became of them (`mint.safe`).

    Call it in the transaction that changes them.
    """
    mints = Mint.objects.select_related("work", "collection", "metadata_file", "transaction").filter(id__in=ids)
    mined = []
    for mint in mints.order_by("id"):
        event = f"mint.{what or mint.status}"
        record_event(event_type=event, subject=mint.pk, person=mint.person_id, data=_of_mint(mint))
        mined += [mint] if event == "mint.mined" else []
    for voucher in _vouchers_of(mined):
        tell_voucher(voucher, "used")


def tell_unmined(mints: Iterable[Mint]) -> None:
    """A reorg took their tokens: their vouchers are as good as before. Call it in the transaction that notes it."""
    for voucher in _vouchers_of(mints):
        if voucher.cancellation is None and voucher.deadline > timezone.now():
            tell_voucher(voucher, "open")


def tell_collection(collection: Collection) -> None:
    """Record the present status of a collection: `collection.deploying`, `collection.ready`, `collection.failed`."""
    record_event(
        event_type=f"collection.{collection.status}",
        subject=collection.pk,
        person=collection.owner_id,
        data={"id": str(collection.pk), "status": collection.status, **_of_collection(collection)},
    )


def tell_voucher(voucher: Voucher, state: str) -> None:
    """Record what became of a voucher: `voucher.open`, `voucher.canceling`, `voucher.canceled`, `voucher.used`."""
    record_event(
        event_type=f"voucher.{state}",
        subject=voucher.pk,
        person=voucher.person_id,
        data={
            "id": str(voucher.pk),
            "status": state,
            "work": str(voucher.work_id),
            "to": voucher.to,
            "price": str(voucher.price),
            "royalty": _royalty(voucher),
            "collection": _of_collection(voucher.collection),
        },
    )


def _vouchers_of(mints: Iterable[Mint]) -> list[Voucher]:
    """The vouchers for tokens of these mints, whoever made them; but those that are canceled."""
    tokens = {(mint.work_id, mint.collection_id) for mint in mints}
    if not tokens:
        return []
    vouchers = Voucher.objects.filter(work__in={work for work, _ in tokens}).exclude(cancellation__succeeded=True)
    found = vouchers.select_related("collection", "cancellation").order_by("id")
    return [voucher for voucher in found if (voucher.work_id, voucher.collection_id) in tokens]


def _of_mint(mint: Mint) -> dict[str, object]:
    carrier = mint.transaction
    mined = carrier is not None and carrier.hash is not None
    return {
        "id": str(mint.pk),
        "status": mint.status,
        "work": str(mint.work_id),
        "collection": _of_collection(mint.collection),
        "to": mint.to,
        "token_id": str(int.from_bytes(bytes(mint.work.content_hash), "big")),
        "token_uri": f"ipfs://{mint.metadata_file.cid}",
        "royalty": _royalty(mint),
        "transaction": to_hex(bytes(carrier.hash or b"")) if mined and carrier else None,
        "block_number": carrier.block_number if carrier else None,
        "error": {"code": mint.error_code, "detail": mint.error_detail} if mint.error_code else None,
    }


def _royalty(wish: OwnRoyalty) -> dict[str, object] | None:
    """A royalty of the token's own; None for the collection's."""
    own = wish.own_royalty()
    return {"receiver": own[0], "basis_points": own[1], "shares": wish.royalty_shares} if own else None


def _of_collection(collection: Collection) -> dict[str, object]:
    return {"slug": collection.slug, "address": collection.address, "chain_id": collection.chain_id}
