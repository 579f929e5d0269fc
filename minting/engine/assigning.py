"""Give waiting mints a nonce."""

from django.db import transaction as database

from generation.models import Work
from minting import contract_calls, faults
from minting.engine import existing, preflight
from minting.engine.fees import FeeAboveCeiling, current_fees
from minting.engine.outcomes import fail_mint, note_waiting
from minting.live import change_mints
from minting.models import Chain, Mint, SignerNonce, Transaction
from minting.querysets import open_transactions, waiting_mints
from minting.rpc import ChainClient
from minting.signers import Signer

CURATED_AWAY = {Work.Review.HIDDEN: "work_hidden", Work.Review.REJECTED: "work_rejected"}


def assign_nonces(client: ChainClient, chain: Chain, signer: Signer) -> int:
    """Preflight waiting mints and give those that fit the next nonces; how many got one.

    Raises ChainUnavailable. A mint that cannot succeed is failed; one that has to wait keeps the reason.
    """
    in_flight = open_transactions(chain_id=chain.chain_id, signer=signer.address)
    room = client.config.max_in_flight - in_flight.count()
    waiting = list(
        waiting_mints(chain_id=chain.chain_id).select_related("work", "collection", "metadata_file")[: max(room, 0)]
    )
    if not waiting:
        return 0
    try:
        fee = current_fees(client).max_fee
    except FeeAboveCeiling as problem:
        note_waiting(waiting, code="fees_too_high", detail=str(problem))
        return 0
    money = client.balance(signer.address) - sum((tx.gas_limit or 0) * fee for tx in in_flight)
    assigned = 0
    for mint in waiting:
        gas_limit = _gas_if_it_fits(client, signer, mint)
        if gas_limit is None:
            continue
        money -= gas_limit * fee
        if money < 0:
            note_waiting([mint], code="signer_without_funds", detail=no_funds(client, signer))
            break
        assigned += _claim(client, chain, signer, mint, gas_limit)
    return assigned


def no_funds(client: ChainClient, signer: Signer) -> str:
    """What to tell everybody when the signer cannot pay."""
    return (
        f"The platform's signer {signer.address} has not enough {client.config.currency} on {client.config.name} to "
        "pay for this transaction. Nothing was lost: it goes on by itself once the signer is funded."
    )


def _gas_if_it_fits(client: ChainClient, signer: Signer, mint: Mint) -> int | None:
    """The gas limit when the mint would succeed; otherwise its state says why not."""
    if mint.work.review_state in CURATED_AWAY:
        _refuse_curated(mint)
        return None
    answer = preflight.ask(client, signer, mint)
    if isinstance(answer, preflight.Fits):
        return answer.gas_limit
    if isinstance(answer, preflight.Exists):
        existing.adopt_or_fail(client, signer, mint)
    elif answer.forever:
        fail_mint(mint, code=answer.code, detail=answer.detail)
    else:
        note_waiting([mint], code=answer.code, detail=answer.detail)
    return None


def _claim(client: ChainClient, chain: Chain, signer: Signer, mint: Mint, gas_limit: int) -> int:
    """Bind a nonce to the mint, forever (law 2). 0 when the mint is somebody else's by now, or curated away."""
    # Asked before the lock is taken: another process need not wait for the chain. `latest`, for a nonce after one
    # that is merely pending would leave a gap should that one be dropped.
    count = client.transaction_count(signer.address)
    with database.atomic():
        claimed = (
            Mint.objects.select_for_update(skip_locked=True, of=("self", "work"), no_key=True)
            .select_related("work")
            .filter(id=mint.id, status=Mint.Status.REQUESTED, transaction=None)
            .first()
        )
        if claimed is None:
            return 0
        if claimed.work.review_state in CURATED_AWAY:
            _refuse_curated(claimed)
            return 0
        carrier = Transaction.objects.create(
            chain=chain,
            signer=signer.address,
            nonce=next_nonce(chain=chain, signer=signer.address, chain_count=count),
            kind=Transaction.Kind.MINT,
            to=mint.collection.address,
            data=contract_calls.mint_call(mint),
            gas_limit=gas_limit,
        )
        change_mints(Mint.objects.filter(id=mint.id), transaction=carrier, error_code="", error_detail="")
    faults.reach("nonce_assigned")
    return 1


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


def _refuse_curated(mint: Mint) -> None:
    word = "hidden" if mint.work.review_state == Work.Review.HIDDEN else "rejected"
    fail_mint(
        mint,
        code=CURATED_AWAY[Work.Review(mint.work.review_state)],
        detail=f"The curators have {word} this work since the mint was requested, so it was not sent.",
    )
