"""Send stored bytes, any number of times, in the order of nonces."""

from datetime import timedelta

from django.utils import timezone

from minting import faults
from minting.alerts import raise_alert, resolve_alert
from minting.engine.funds import no_funds
from minting.engine.outcomes import note_sent, note_trouble
from minting.engine.round import Round
from minting.engine.signing import outbid, sign_first
from minting.errors import ChainUnavailable
from minting.models import Alert, Transaction, TransactionAttempt
from minting.node_errors import Verdict, classify
from minting.querysets import open_transactions
from minting.rpc import ChainClient, RpcError


def sign_assigned(current: Round) -> bool:
    """Sign and store a first attempt for every transaction that has only a nonce; False when one has to wait."""
    mine = open_transactions(chain_id=current.chain.chain_id, signer=current.signer.address)
    return all(sign_first(current, carrier) is not None for carrier in mine.filter(status="assigned"))


def sign_and_send(current: Round, carrier: Transaction) -> bool:
    """Sign, store, then send a transaction that just got its nonce; whether a node took it."""
    attempt = sign_first(current, carrier)
    return attempt is not None and _send(current, carrier, attempt)


def send_waiting(current: Round) -> bool:
    """Send what was signed and not sent, and again what has waited long for a receipt, in the order of nonces.

    Stops at the first that no node takes, and is False then: those behind it could not be mined either.
    Raises ChainUnavailable, SignerUnavailable.
    """
    mine = open_transactions(chain_id=current.chain.chain_id, signer=current.signer.address)
    for place, carrier in enumerate(mine.exclude(status="assigned")):
        attempt = carrier.attempts.last()
        if attempt is None:
            # Adopted from a node that does not give out raw transactions: there is nothing to send.
            continue
        if _wants_cancellation(carrier, attempt) or (place == 0 and _is_stuck(current.client, carrier, attempt)):
            attempt = outbid(current, carrier, attempt) or attempt
        elif carrier.status == Transaction.Status.SENT and not _is_due(current.client, attempt):
            continue
        if not _send(current, carrier, attempt):
            return False
    return True


def _wants_cancellation(carrier: Transaction, attempt: TransactionAttempt) -> bool:
    return carrier.cancel_requested_at is not None and not attempt.is_cancellation


def _is_due(client: ChainClient, attempt: TransactionAttempt) -> bool:
    last = attempt.last_sent_at
    return last is None or timezone.now() - last >= timedelta(seconds=client.config.resend_seconds)


def _is_stuck(client: ChainClient, carrier: Transaction, attempt: TransactionAttempt) -> bool:
    """Whether it was sent with its present fees and yet has had no receipt for long."""
    waited = timezone.now() - attempt.signed_at >= timedelta(seconds=client.config.stuck_seconds)
    return carrier.status == Transaction.Status.SENT and attempt.times_sent > 0 and waited


def _send(current: Round, carrier: Transaction, attempt: TransactionAttempt) -> bool:
    """Broadcast stored bytes and note what came of it; whether those behind it may go too."""
    verdict, message = _broadcast(current.client, carrier, attempt)
    if verdict is Verdict.FEE_TOO_LOW:
        higher = outbid(current, carrier, attempt)
        if higher is None:
            return False
        attempt = higher
        verdict, message = _broadcast(current.client, carrier, attempt)
    if verdict is Verdict.ACCEPTED:
        faults.reach("sent" if carrier.attempts.count() == 1 else "bump_sent")
        note_sent(carrier, attempt)
        resolve_alert(kind=Alert.Kind.REFUSED, chain=current.chain, subject=str(carrier.pk))
        return True
    if verdict is Verdict.NONCE_USED:
        # The receipts of our attempts decide what that means, never this message (engine.receipts).
        return True
    _note_not_taken(current, carrier, verdict, message)
    return False


def _note_not_taken(current: Round, carrier: Transaction, verdict: Verdict, message: str) -> None:
    if verdict is Verdict.NO_FUNDS:
        note_trouble(carrier, code="signer_without_funds", detail=no_funds(current.client, current.signer))
        return
    detail = f"The chain's node did not take the transaction: {message}. The same bytes are sent again by themselves."
    note_trouble(carrier, code="chain_refused", detail=detail)
    if verdict is Verdict.REFUSED:
        raise_alert(
            kind=Alert.Kind.REFUSED,
            chain=current.chain,
            subject=str(carrier.pk),
            detail=f"Nonce {carrier.nonce} of {carrier.signer} is refused and holds up those behind it: {message}. "
            "Mend the node's setting, or cancel the mint.",
        )


def _broadcast(client: ChainClient, carrier: Transaction, attempt: TransactionAttempt) -> tuple[Verdict, str]:
    try:
        client.send_raw(bytes(attempt.raw))
    except RpcError as error:
        return classify(error), error.message
    except ChainUnavailable as problem:
        # It may have arrived. The transaction stays as it is, and the same bytes go out again.
        note_trouble(carrier, code=problem.code, detail=problem.detail)
        raise
    return Verdict.ACCEPTED, ""
