"""Transactions of ours that the chain has and the database lost: read back, with the signed bytes if it may be."""

from typing import Any

from django.db import transaction as database
from eth_utils.address import to_checksum_address

from minting.engine.outcomes import note_mined
from minting.models import Chain, SignerNonce, Transaction, TransactionAttempt
from minting.rpc import ChainClient, RpcError
from minting.signers import signers_for


def is_ours(client: ChainClient, sent: dict[str, Any]) -> bool:
    """Whether one of the chain's signers sent this transaction."""
    return sent["from"].lower() in {signer.address.lower() for signer in signers_for(client.config.chain_id)}


def ever_ours(chain_id: int) -> set[str]:
    """EIP-55 addresses of the signers of a chain: those of the settings, and those that ever had a nonce."""
    former = SignerNonce.objects.filter(chain=chain_id).values_list("address", flat=True)
    return {signer.address for signer in signers_for(chain_id)} | set(former)


def recall(client: ChainClient, chain: Chain, sent: dict[str, Any], *, kind: Transaction.Kind) -> Transaction:
    """The row of a transaction of ours that a node has; a new one knows no more than the node tells."""
    carrier, made = Transaction.objects.get_or_create(
        chain=chain,
        signer=str(to_checksum_address(sent["from"])),
        nonce=int(sent["nonce"], 16),
        defaults={
            "kind": kind,
            "to": str(to_checksum_address(sent["to"])) if sent["to"] else "",
            "data": bytes.fromhex(sent["input"][2:]),
            "gas_limit": int(sent["gas"], 16),
            "status": Transaction.Status.SENT,
        },
    )
    if made:
        _keep_bytes(client, carrier, sent)
    return carrier


@database.atomic
def recall_mined(
    client: ChainClient, chain: Chain, sent: dict[str, Any], *, kind: Transaction.Kind
) -> Transaction | None:
    """The same with its receipt; None while no node has one, and then nothing is written."""
    receipt = client.receipt(bytes.fromhex(sent["hash"][2:]))
    if receipt is None:
        return None
    carrier = recall(client, chain, sent, kind=kind)
    if carrier.succeeded is None:
        note_mined(carrier, receipt)
    return carrier


def _keep_bytes(client: ChainClient, carrier: Transaction, sent: dict[str, Any]) -> None:
    """The signed bytes, so that a reorg can be healed; not every node gives them out."""
    try:
        raw = client.call("eth_getRawTransactionByHash", sent["hash"])
    except RpcError:
        return
    if raw:
        price = sent.get("gasPrice") or "0x0"
        TransactionAttempt.objects.create(
            transaction=carrier,
            raw=bytes.fromhex(raw[2:]),
            hash=bytes.fromhex(sent["hash"][2:]),
            max_fee_per_gas=int(sent.get("maxFeePerGas") or price, 16),
            max_priority_fee_per_gas=int(sent.get("maxPriorityFeePerGas") or price, 16),
        )
