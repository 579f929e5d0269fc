"""Transactions that the platform sends for something other than mints: the engine carries them like any other."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from minting.engine.assigning import next_nonce
from minting.errors import ChainUnavailable
from minting.models import Chain, Transaction
from minting.rpc import ChainClient, RpcError
from minting.signers import Signer
from minting.wake import wake_chain_worker_on_commit

GAS_MARGIN = 1.1


@dataclass(frozen=True, kw_only=True)
class PlatformCall:
    """What is to be sent; `to` is empty for a deployment."""

    kind: Transaction.Kind
    to: str
    data: bytes


def assign(
    client: ChainClient,
    *,
    chain: Chain,
    signer: Signer,
    call: PlatformCall,
    then: Callable[[Transaction], None],
) -> Transaction:
    """Try the call, give it a nonce, run `then` in the same database transaction, and wake the chain worker.

    Raises ChainUnavailable when no RPC address answers, or the node says that the call would fail; then nothing was
    written and nothing is sent.
    """
    try:
        gas = client.estimate_gas(to=call.to or None, data=call.data, sender=signer.address)
    except RpcError as error:
        raise ChainUnavailable(
            f"The chain's node refuses to try the transaction: {error.message}. Nothing was sent."
        ) from error
    # Asked before the lock on the nonce is taken: another process need not wait for the chain.
    count = client.transaction_count(signer.address)
    with transaction.atomic():
        carrier = Transaction.objects.create(
            chain=chain,
            signer=signer.address,
            nonce=next_nonce(chain=chain, signer=signer.address, chain_count=count),
            kind=call.kind,
            to=call.to,
            data=call.data,
            gas_limit=int(gas * GAS_MARGIN),
        )
        then(carrier)
        wake_chain_worker_on_commit()
    return carrier
