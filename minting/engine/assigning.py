"""Give waiting mints a nonce, and send each before the next gets one."""

from collections.abc import Iterator
from itertools import groupby
from uuid import UUID

from django.db import transaction as database

from generation.models import Work
from minting import faults
from minting.engine import existing
from minting.engine.batching import NotNow, Parcel, pack
from minting.engine.fees import FeeAboveCeiling
from minting.engine.funds import no_funds, spendable
from minting.engine.outcomes import fail_mint
from minting.engine.preflight import Exists
from minting.engine.round import Reason, Round
from minting.engine.sending import sign_and_send
from minting.live import change_mints
from minting.models import Chain, Mint, SignerNonce, Transaction
from minting.querysets import open_transactions, waiting_mints

CURATED_AWAY = {Work.Review.HIDDEN: "work_hidden", Work.Review.REJECTED: "work_rejected"}


def assign_nonces(current: Round, *, most: int) -> int:
    """Give at most about this many waiting mints the next nonces, parcel by parcel; how many got one.

    The next parcel gets its nonce only when the one before was taken by a node. Raises ChainUnavailable,
    SignerUnavailable. A mint that cannot succeed is failed; for one that has to wait the reason is kept.
    """
    client, chain, signer = current.client, current.chain, current.signer
    room = client.config.max_in_flight - open_transactions(chain_id=chain.chain_id, signer=signer.address).count()
    waiting = _waiting(current, most=min(most, room * client.config.max_batch)) if room > 0 else []
    if not waiting:
        return 0
    try:
        fee = current.fees.max_fee
    except FeeAboveCeiling as problem:
        current.hold(waiting, Reason(code=problem.code, detail=str(problem)))
        return 0
    money = spendable(current, max_fee=fee)
    taken: set[UUID] = set()
    for parcel in _parcels(current, waiting):
        money -= parcel.gas_limit * fee
        if money < 0:
            reason = Reason(code="signer_without_funds", detail=no_funds(client, signer))
            current.hold((mint for mint in waiting if mint.pk not in taken), reason)
            break
        carrier = _claim(current, parcel)
        if carrier is None:
            continue
        taken.update(mint.pk for mint in parcel.mints)
        room -= 1
        if not sign_and_send(current, carrier) or room == 0:
            break
    return len(taken)


def _waiting(current: Round, *, most: int) -> list[Mint]:
    """The oldest waiting mints, those that can share a transaction together; curated-away ones are failed."""
    found = waiting_mints(chain_id=current.chain.chain_id).select_related("work", "collection", "metadata_file")
    kept = [mint for mint in found[:most] if not _refused_as_curated(mint)]
    return sorted(kept, key=_shared)


def _shared(mint: Mint) -> tuple[str, str, int]:
    """What mints of one transaction have in common: the collection, and the royalty."""
    return (str(mint.collection_id), *(mint.own_royalty() or ("", 0)))


def _parcels(current: Round, waiting: list[Mint]) -> Iterator[Parcel]:
    """What can go out; what cannot is failed, adopted, or told why it waits."""
    for _, mints in groupby(waiting, key=_shared):
        for found in pack(current, list(mints)):
            if isinstance(found, Parcel):
                yield found
            else:
                _put_aside(current, found)


def _put_aside(current: Round, found: NotNow) -> None:
    mint, answer = found.mint, found.answer
    if isinstance(answer, Exists):
        existing.adopt_or_fail(current.client, mint)
    elif answer.forever:
        fail_mint(mint, code=answer.code, detail=answer.detail)
    else:
        current.hold([mint], Reason(code=answer.code, detail=answer.detail))


def _claim(current: Round, parcel: Parcel) -> Transaction | None:
    """Bind a nonce to the mints, forever (law 2). None when one of them is not waiting any more."""
    chain, signer = current.chain, current.signer.address
    # Asked before the lock is taken: another process need not wait for the chain. `latest`, for a nonce after one
    # that is merely pending would leave a gap should that one be dropped.
    count = current.client.transaction_count(signer)
    with database.atomic():
        claimed = (
            Mint.objects.select_for_update(skip_locked=True, of=("self", "work"), no_key=True)
            .select_related("work")
            .filter(id__in=[mint.id for mint in parcel.mints], status=Mint.Status.REQUESTED, transaction=None)
            .order_by("id")
        )
        if len([mint for mint in claimed if not _refused_as_curated(mint)]) < len(parcel.mints):
            return None
        carrier = Transaction.objects.create(
            chain=chain,
            signer=signer,
            nonce=next_nonce(chain=chain, signer=signer, chain_count=count),
            kind=Transaction.Kind.MINT,
            to=parcel.to,
            data=parcel.data,
            gas_limit=parcel.gas_limit,
        )
        mints = Mint.objects.filter(id__in=[mint.id for mint in parcel.mints])
        change_mints(mints, transaction=carrier, error_code="", error_detail="")
    faults.reach("nonce_assigned")
    return carrier


def next_nonce(*, chain: Chain, signer: str, chain_count: int) -> int:
    """Take the next nonce of a signer, in the caller's transaction; its row stays locked until that ends.

    The counter starts at, and never falls behind, `chain_count`: what the chain says was used by the same key.
    """
    SignerNonce.objects.get_or_create(chain=chain, address=signer, defaults={"next_nonce": chain_count})
    counter = SignerNonce.objects.select_for_update().get(chain=chain, address=signer)
    nonce = max(counter.next_nonce, chain_count)
    counter.next_nonce = nonce + 1
    counter.save(update_fields=["next_nonce"])
    return nonce


def _refused_as_curated(mint: Mint) -> bool:
    """Whether curators took the work away since the mint was requested; then the mint is failed."""
    if mint.work.review_state not in CURATED_AWAY:
        return False
    word = "hidden" if mint.work.review_state == Work.Review.HIDDEN else "rejected"
    fail_mint(
        mint,
        code=CURATED_AWAY[Work.Review(mint.work.review_state)],
        detail=f"The curators have {word} this work since the mint was requested, so it was not sent.",
    )
    return True
