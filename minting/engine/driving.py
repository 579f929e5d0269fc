"""One round of the engine."""

import logging

from django.conf import settings

from minting.chain_identity import known_chain
from minting.chains import ChainConfig
from minting.engine.assigning import assign_nonces
from minting.engine.lock import sole_sender
from minting.engine.outcomes import note_waiting
from minting.engine.receipts import reconcile
from minting.engine.sending import send_waiting, sign_assigned
from minting.errors import ChainUnavailable, WrongChain
from minting.models import Mint
from minting.querysets import waiting_mints
from minting.rpc import RpcError, client_for
from minting.signers import Signer, platform_signer

logger = logging.getLogger(__name__)


def drive() -> int:
    """Drive every configured chain; how many mints got a nonce. Safe to run at any time, in many processes."""
    return sum(drive_chain(config, signer=platform_signer()) for config in settings.CHAINS)


def drive_chain(config: ChainConfig, *, signer: Signer) -> int:
    """One round for one chain: 0 when another process is at it, or the chain does not answer.

    1. look for receipts and reorgs of what was sent before;
    2. send stored bytes that were not sent, or not answered;
    3. give waiting mints a nonce; sign and store; send;
    4. look for receipts again (a chain that mines at once has them).
    """
    with sole_sender(chain_id=config.chain_id, signer=signer.address) as mine:
        if not mine:
            return 0
        try:
            return _round(config, signer)
        except (ChainUnavailable, WrongChain) as problem:
            logger.warning("%s", problem.detail)
            note_waiting(_all_waiting(config), code=problem.code, detail=problem.detail)
        except RpcError as error:
            # Nothing is known to have failed: everything is where it was, and the next round asks again.
            logger.warning("%s answered with an error: %s", config.name, error.message)
            detail = f"{config.name} answered with an error: {error.message}. It is tried again by itself."
            note_waiting(_all_waiting(config), code="chain_refused", detail=detail)
        return 0


def _round(config: ChainConfig, signer: Signer) -> int:
    client = client_for(config)
    chain = known_chain(client)
    reconcile(client, chain, signer)
    sign_assigned(client, chain, signer)
    send_waiting(client, chain, signer)
    assigned = assign_nonces(client, chain, signer)
    if assigned:
        sign_assigned(client, chain, signer)
        send_waiting(client, chain, signer)
    reconcile(client, chain, signer)
    return assigned


def _all_waiting(config: ChainConfig) -> list[Mint]:
    return list(waiting_mints(chain_id=config.chain_id)[:200])
