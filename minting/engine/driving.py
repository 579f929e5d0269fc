"""One round of the engine."""

import logging
from uuid import UUID

from django.conf import settings

from minting.chain_identity import known_chain
from minting.chains import ChainConfig
from minting.engine.assigning import assign_nonces
from minting.engine.funds import richest_first, watch_balance
from minting.engine.gaps import fill_gaps
from minting.engine.lock import sole_sender
from minting.engine.outcomes import note_waiting
from minting.engine.receipts import reconcile
from minting.engine.round import Reason, Round
from minting.engine.sending import send_waiting, sign_assigned
from minting.errors import ChainUnavailable, SignerUnavailable, WrongChain
from minting.models import Chain, Mint
from minting.querysets import waiting_mints
from minting.rpc import ChainClient, RpcError, client_for
from minting.signers import Signer, signers_for

logger = logging.getLogger(__name__)

NOTED = 1000
"""mints that are told why they wait; those behind them wait for the same"""


def drive() -> int:
    """Drive every configured chain; how many mints got a nonce. Safe to run at any time, in many processes.

    What goes wrong on one chain is raised when all have had their turn.
    """
    assigned = 0
    troubles: list[Exception] = []
    for config in settings.CHAINS:
        try:
            assigned += drive_chain(config, signers=signers_for(config.chain_id))
        except Exception as trouble:  # whatever it is, no chain may hold up the others
            logger.exception("%s was left out of this round", config.name)
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return assigned


def drive_chain(config: ChainConfig, *, signers: list[Signer]) -> int:
    """One round of each signer on one chain: 0 when other processes are at it, or the chain does not answer."""
    try:
        return _rounds(config, signers)
    except (ChainUnavailable, WrongChain) as problem:
        logger.warning("%s", problem.detail)
        _tell_all(config, Reason(code=problem.code, detail=problem.detail))
    except RpcError as error:
        # Nothing is known to have failed: everything is where it was, and the next round asks again.
        logger.warning("%s answered with an error: %s", config.name, error.message)
        detail = f"{config.name} answered with an error: {error.message}. It is tried again by itself."
        _tell_all(config, Reason(code="chain_refused", detail=detail))
    return 0


def _rounds(config: ChainConfig, signers: list[Signer]) -> int:
    """Every signer takes its part of the waiting mints, the richest first; what none took is told why."""
    client = client_for(config)
    chain = known_chain(client)
    reasons: dict[UUID, Reason] = {}
    assigned = 0
    ordered = richest_first(chain, signers) if len(signers) > 1 else signers
    for place, signer in enumerate(ordered):
        waiting = waiting_mints(chain_id=chain.chain_id).count()
        share = -(-waiting // (len(ordered) - place))
        assigned += _round_of(client, chain, signer, most=max(share, config.max_batch), reasons=reasons)
    _tell(reasons)
    return assigned


def _round_of(client: ChainClient, chain: Chain, signer: Signer, *, most: int, reasons: dict[UUID, Reason]) -> int:
    """One signer's round; 0 when another process is at it, or its key cannot be used."""
    try:
        with sole_sender(chain_id=chain.chain_id, signer=signer.address) as mine:
            return _round(Round(client=client, chain=chain, signer=signer, reasons=reasons), most=most) if mine else 0
    except SignerUnavailable as problem:
        logger.warning("%s", problem.detail)
        reason = Reason(code=problem.code, detail=problem.detail)
        reasons.update({mint.pk: reason for mint in waiting_mints(chain_id=chain.chain_id)[:NOTED]})
        return 0


def _round(current: Round, *, most: int) -> int:
    """1. receipts and reorgs of what was sent before; 2. stored bytes that were not sent, or not answered;
    3. waiting mints get nonces and go out; 4. receipts again (a chain that mines at once has them).
    """
    watch_balance(current)
    reconcile(current)
    fill_gaps(current)
    all_signed = sign_assigned(current)
    clear = send_waiting(current) and all_signed
    assigned = assign_nonces(current, most=most) if clear else 0
    reconcile(current)
    return assigned


def _tell(reasons: dict[UUID, Reason]) -> None:
    """Those that still wait are told why."""
    still = Mint.objects.filter(id__in=list(reasons), status=Mint.Status.REQUESTED, transaction=None)
    by_reason: dict[Reason, list[Mint]] = {}
    for mint in still:
        by_reason.setdefault(reasons[mint.pk], []).append(mint)
    for reason, mints in by_reason.items():
        note_waiting(mints, code=reason.code, detail=reason.detail)


def _tell_all(config: ChainConfig, reason: Reason) -> None:
    note_waiting(waiting_mints(chain_id=config.chain_id)[:NOTED], code=reason.code, detail=reason.detail)
