"""Nonces below ours that nobody holds: until each is used, nothing behind it can be mined.

The database alone never makes one. It takes a chain that counted transactions of another program with our key, and
then dropped them in a reorg.
"""

import logging
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction as database

from minting.chains import chain_config
from minting.engine.round import Round
from minting.errors import ChainUnavailable, WrongChain
from minting.models import Chain, SignerNonce, Transaction
from minting.rpc import Call, RpcError, client_for

logger = logging.getLogger(__name__)

GAS_MARGIN = 1.25


@dataclass(frozen=True, kw_only=True)
class NoncesOnChain:
    """How many transactions of a signer the chain counts, and which nonces below the next one nobody holds."""

    count: int
    missing: list[int]


def nonces_on_chain(counter: SignerNonce) -> NoncesOnChain | None:
    """What the chain says of a signer's nonces now; None when it does not answer."""
    try:
        count = client_for(chain_config(counter.chain_id)).transaction_count(counter.address)
    except (ImproperlyConfigured, ChainUnavailable, WrongChain, RpcError) as problem:
        logger.info("the nonces of %s cannot be told: %s", counter.address, problem)
        return None
    missing = _missing(counter.chain, counter.address, first=count, end=counter.next_nonce)
    return NoncesOnChain(count=count, missing=missing)


def fill_gaps(current: Round) -> int:
    """Give every missing nonce a transaction that sends nothing to the signer itself; how many.

    A nonce for which a node has somebody's transaction waiting is no gap. Raises ChainUnavailable.
    """
    client, signer = current.client, current.signer.address
    counter = SignerNonce.objects.filter(chain=current.chain, address=signer).first()
    if counter is None:
        return 0
    count = client.transaction_count(signer)
    if not _missing(current.chain, signer, first=count, end=counter.next_nonce):
        return 0
    first = max(count, client.transaction_count(signer, "pending"))
    gas = int(client.estimate_gas(Call(to=signer, data=b"", sender=signer)) * GAS_MARGIN)
    with database.atomic():
        # Whoever assigns nonces waits at this row, so none is missing merely because it is being assigned.
        counter = SignerNonce.objects.select_for_update().get(pk=counter.pk)
        missing = _missing(current.chain, signer, first=first, end=counter.next_nonce)
        for nonce in missing:
            Transaction.objects.create(
                chain=current.chain, signer=signer, nonce=nonce, kind=Transaction.Kind.FILL, to=signer, data=b"",
                gas_limit=gas,
            )  # fmt: skip
    if missing:
        logger.error("nonces %s of %s were missing and are filled", missing, signer)
    return len(missing)


def _missing(chain: Chain, signer: str, *, first: int, end: int) -> list[int]:
    known = Transaction.objects.filter(chain=chain, signer=signer, nonce__gte=first, nonce__lt=end)
    return sorted(set(range(first, end)) - set(known.values_list("nonce", flat=True)))
