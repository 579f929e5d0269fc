"""Nonces below ours that nobody holds: until each is used, nothing behind it can be mined.

The database alone never makes one. It takes a chain that counted transactions of another program with our key, and
then dropped them in a reorg.
"""

import logging

from django.db import transaction as database

from minting.engine.round import Round
from minting.models import SignerNonce, Transaction

logger = logging.getLogger(__name__)

GAS_MARGIN = 1.25


def fill_gaps(current: Round) -> int:
    """Give every missing nonce a transaction that sends nothing to the signer itself; how many.

    A nonce for which a node has somebody's transaction waiting is no gap. Raises ChainUnavailable.
    """
    client, signer = current.client, current.signer.address
    counter = SignerNonce.objects.filter(chain=current.chain, address=signer).first()
    if counter is None:
        return 0
    count = client.transaction_count(signer)
    if not _missing(current, first=count, end=counter.next_nonce):
        return 0
    first = max(count, client.transaction_count(signer, "pending"))
    gas = int(client.estimate_gas(to=signer, data=b"", sender=signer) * GAS_MARGIN)
    with database.atomic():
        # Whoever assigns nonces waits at this row, so none is missing merely because it is being assigned.
        counter = SignerNonce.objects.select_for_update().get(pk=counter.pk)
        missing = _missing(current, first=first, end=counter.next_nonce)
        for nonce in missing:
            Transaction.objects.create(
                chain=current.chain, signer=signer, nonce=nonce, kind=Transaction.Kind.FILL, to=signer, data=b"",
                gas_limit=gas,
            )  # fmt: skip
    if missing:
        logger.error("nonces %s of %s were missing and are filled", missing, signer)
    return len(missing)


def _missing(current: Round, *, first: int, end: int) -> list[int]:
    known = Transaction.objects.filter(
        chain=current.chain, signer=current.signer.address, nonce__gte=first, nonce__lt=end
    )
    return sorted(set(range(first, end)) - set(known.values_list("nonce", flat=True)))
