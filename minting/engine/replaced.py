"""A nonce of ours that another program used, with the same key.

Only one thing proves that a transaction can never be mined: another transaction, deep in the chain, with its nonce.
Then, and only then, its mint may have a new nonce (law 2).
"""

from typing import Any

from django.db import transaction as database

from minting import carried
from minting.engine.finality import heights
from minting.engine.outcomes import let_go
from minting.models import Transaction, TransactionEvent
from minting.rpc import ChainClient, RpcError


def requeue_if_replaced(client: ChainClient, carrier: Transaction) -> bool:
    """Find the other transaction, and let the mint wait for a new nonce; False while there is no proof.

    The transaction is final and did not succeed, and keeps the hash of the other. Raises ChainUnavailable.
    """
    other = _other_transaction(client, carrier)
    if other is None:
        return False
    _requeue(carrier, other)
    return True


def _other_transaction(client: ChainClient, carrier: Transaction) -> dict[str, Any] | None:
    """The final transaction of our signer with this nonce, unless it is one of ours."""
    final = heights(client).final
    try:
        if final < 0 or client.transaction_count(carrier.signer, final) <= carrier.nonce:
            return None
        height = _block_of_nonce(client, carrier, final)
        block = client.call("eth_getBlockByNumber", hex(height), True)  # noqa: FBT003 - JSON-RPC
        if block is None or client.block_hash(height) != bytes.fromhex(block["hash"][2:]):
            return None
    except RpcError:
        # Only archive nodes know old counts. Without proof nothing is done.
        return None
    ours = {"0x" + bytes(attempt.hash).hex() for attempt in carrier.attempts.all()}
    for sent in block["transactions"]:
        if sent["from"].lower() == carrier.signer.lower() and int(sent["nonce"], 16) == carrier.nonce:
            found: dict[str, Any] = sent
            return None if found["hash"] in ours else found
    return None


def _block_of_nonce(client: ChainClient, carrier: Transaction, final: int) -> int:
    """The block in which the signer's count grew above the nonce, by halving."""
    low, high = 0, final
    while low < high:
        middle = (low + high) // 2
        if client.transaction_count(carrier.signer, middle) > carrier.nonce:
            high = middle
        else:
            low = middle + 1
    return low


@database.atomic
def _requeue(carrier: Transaction, other: dict[str, Any]) -> None:
    Transaction.objects.filter(id=carrier.id).update(
        status=Transaction.Status.FINAL,
        succeeded=False,
        hash=bytes.fromhex(other["hash"][2:]),
        block_number=int(other["blockNumber"], 16),
        block_hash=bytes.fromhex(other["blockHash"][2:]),
        last_error=f"Another program sent transaction {other['hash']} with this nonce and the signer's key.",
    )
    TransactionEvent.objects.create(
        transaction=carrier,
        kind=TransactionEvent.Kind.REPLACED,
        detail=f"{other['hash']} has its nonce, and is final",
    )
    carried.settle(carrier, succeeded=False)
    let_go(carrier)
