"""Transactions that the platform sends for something other than mints: the engine carries them like any other."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from minting.contract_calls import decode_error
from minting.engine.assigning import next_nonce
from minting.errors import ChainUnavailable
from minting.models import Chain, Transaction
from minting.rpc import Call, ChainClient, RpcError
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

    Raises ChainUnavailable when no RPC address answers, or the call would fail: it is run first, as `eth_call`. Then
    nothing was written and nothing is sent.
    """
    gas = _tried(client, Call(to=call.to or None, data=call.data, sender=signer.address))
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


def _tried(client: ChainClient, call: Call) -> int:
    """The gas that it takes. Raises ChainUnavailable."""
    try:
        client.try_out(call)
        return client.estimate_gas(call)
    except RpcError as error:
        reason = decode_error(error.data) or error.message
        who = "The contract refuses" if error.is_revert else "The chain's node cannot try"
        raise ChainUnavailable(f"{who} the transaction: {reason}. Nothing was sent.") from error
