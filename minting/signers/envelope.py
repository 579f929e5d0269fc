"""Transactions as bytes, for signers that only sign hashes: EIP-1559 (type 2) and EIP-155 (legacy)."""

from typing import Any

import rlp
from eth_utils.conversions import to_bytes
from eth_utils.crypto import keccak

from minting.signers.interface import SignedTransaction

TYPE_2 = b"\x02"


def preimage_of(fields: dict[str, Any]) -> bytes:
    """The bytes whose keccak256 a signer signs."""
    if fields.get("type") == 2:
        return TYPE_2 + bytes(rlp.encode(_typed(fields)))
    return bytes(rlp.encode([*_legacy(fields), fields["chainId"], 0, 0]))


def signed(fields: dict[str, Any], signature: bytes) -> SignedTransaction:
    """The transaction with its 65-byte signature (v = 27 or 28)."""
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
    parity = signature[64] - 27
    if fields.get("type") == 2:
        raw = TYPE_2 + bytes(rlp.encode([*_typed(fields), parity, r, s]))
    else:
        raw = bytes(rlp.encode([*_legacy(fields), fields["chainId"] * 2 + 35 + parity, r, s]))
    return SignedTransaction(raw=raw, hash=bytes(keccak(raw)))


def _typed(fields: dict[str, Any]) -> list[Any]:
    caps = [fields["maxPriorityFeePerGas"], fields["maxFeePerGas"]]
    return [fields["chainId"], fields["nonce"], *caps, fields["gas"], *_payload(fields), []]


def _legacy(fields: dict[str, Any]) -> list[Any]:
    return [fields["nonce"], fields["gasPrice"], fields["gas"], *_payload(fields)]


def _payload(fields: dict[str, Any]) -> list[Any]:
    return [to_bytes(hexstr=fields["to"]) if fields["to"] else b"", fields["value"], fields["data"]]
