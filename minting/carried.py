"""What a transaction carries besides mints: a collection that comes into being, a voucher that is canceled."""

from minting.models import Collection, Transaction, Voucher
from minting.telling import tell_collection, tell_voucher


def settle(carrier: Transaction, *, succeeded: bool) -> None:
    """The transaction was mined. Call it in the transaction that notes it."""
    if carrier.kind == Transaction.Kind.DEPLOY:
        _change_collection(carrier, Collection.Status.READY if succeeded else Collection.Status.FAILED)
    if carrier.kind == Transaction.Kind.CANCEL:
        for voucher in _canceled_by(carrier):
            tell_voucher(voucher, "canceled" if succeeded else "open")


def unsettle(carrier: Transaction) -> None:
    """Its block is no longer part of the chain."""
    if carrier.kind == Transaction.Kind.DEPLOY:
        _change_collection(carrier, Collection.Status.DEPLOYING)
    if carrier.kind == Transaction.Kind.CANCEL:
        for voucher in _canceled_by(carrier):
            tell_voucher(voucher, "canceling")


def _change_collection(carrier: Transaction, status: Collection.Status) -> None:
    for collection in Collection.objects.filter(deployment=carrier).exclude(status=status):
        Collection.objects.filter(pk=collection.pk).update(status=status)
        collection.status = status
        tell_collection(collection)


def _canceled_by(carrier: Transaction) -> list[Voucher]:
    return list(Voucher.objects.filter(cancellation=carrier).select_related("collection"))
