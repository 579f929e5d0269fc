"""The attestation: an EIP-712 statement that these pixels came from this recipe, for this creator, at this time.

Portable: its domain has no chain and no contract, so the same signature holds on every chain (DESIGN §4). A
signature proves who vouches, not that a model ran (law 8).
"""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.address import is_address, to_checksum_address

from provenance.digests import from_hex, to_hex

DOMAIN: dict[str, str] = {"name": "Colophon", "version": "1"}
TYPES: dict[str, list[dict[str, str]]] = {
    "Attestation": [
        {"name": "pixelHash", "type": "bytes32"},
        {"name": "recipeHash", "type": "bytes32"},
        {"name": "modelHash", "type": "bytes32"},
        {"name": "creator", "type": "address"},
        {"name": "createdAt", "type": "uint64"},
    ]
}
NO_CREATOR = "0x0000000000000000000000000000000000000000"
"""stands for a creator who has no wallet"""
LATEST_TIME = 253_402_300_799
"""the last second of the year 9999"""
checksummed = functools.lru_cache(maxsize=4096)(to_checksum_address)
"""an address as EIP-55 spells it; the same few come again and again"""
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""half of the group order of secp256k1: of the two values of s that fit, the lower one counts (EIP-2)"""


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """The signed fields. Hashes are 32 bytes; `creator` an address; `created_at` seconds since the epoch.

    Raises ValueError for a hash of another length, what is no address, and a time outside the years 1970 to 9999.
    """

    pixel_hash: bytes
    recipe_hash: bytes
    model_hash: bytes
    creator: str
    created_at: int

    def __post_init__(self) -> None:
        for digest in (self.pixel_hash, self.recipe_hash, self.model_hash):
            if len(digest) != 32:
                raise ValueError(f"a hash in an attestation has 32 bytes, got {len(digest)}")
        if not is_address(self.creator):
            raise ValueError(f"the creator is not an address: {self.creator!r}")
        if not 0 <= self.created_at <= LATEST_TIME:
            raise ValueError(f"created_at is not a time in seconds since 1970: {self.created_at}")


@functools.lru_cache(maxsize=16)
def typed_message(attestation: Attestation) -> SignableMessage:
    """The EIP-712 message, ready to be signed or recovered from."""
    return encode_typed_data(
        domain_data=DOMAIN,
        message_types=TYPES,
        message_data={
            "pixelHash": attestation.pixel_hash,
            "recipeHash": attestation.recipe_hash,
            "modelHash": attestation.model_hash,
            "creator": checksummed(attestation.creator),
            "createdAt": attestation.created_at,
        },
    )


@functools.lru_cache(maxsize=8)
def address_of(private_key: bytes) -> str:
    """The checksummed address that a key signs for."""
    return str(Account.from_key(private_key).address)


def sign(attestation: Attestation, *, private_key: bytes) -> bytes:
    """The attester's 65-byte signature, `r ‖ s ‖ v` with low s and v 27 or 28."""
    return bytes(Account.sign_message(typed_message(attestation), private_key=private_key).signature)


def recover(attestation: Attestation, signature: bytes) -> str:
    """The checksummed address that signed.

    Raises ValueError when the signature is malformed: not 65 bytes, v neither 27 nor 28, s in the upper half (which
    contracts refuse, too, so that nobody can make a second signature out of one).
    """
    if len(signature) != 65 or signature[64] not in (27, 28) or int.from_bytes(signature[32:64]) > HALF_ORDER:
        raise ValueError("the signature is malformed: 65 bytes r ‖ s ‖ v, a low s, v 27 or 28")
    try:
        return str(Account.recover_message(typed_message(attestation), signature=signature))
    except Exception as error:
        # eth-keys raises several unrelated types for a bad r, s or v.
        raise ValueError(f"the signature is malformed: {error}") from error


def document(attestation: Attestation, *, signature: bytes, attester: str) -> dict[str, Any]:
    """The attestation as JSON, the same in the file's C2PA manifest, the token's metadata and the API."""
    return {
        "domain": DOMAIN,
        "primary_type": "Attestation",
        "types": TYPES,
        "message": {
            "pixelHash": to_hex(attestation.pixel_hash),
            "recipeHash": to_hex(attestation.recipe_hash),
            "modelHash": to_hex(attestation.model_hash),
            "creator": checksummed(attestation.creator),
            "createdAt": str(attestation.created_at),
        },
        "attester": checksummed(attester),
        "signature": to_hex(signature),
    }


def from_document(value: object) -> tuple[Attestation, bytes, str]:
    """The inverse of `document`: the attestation, its signature and the claimed attester.

    Raises ValueError when the value is not exactly such a document, character by character (another domain or type,
    something missing, superfluous or spelled otherwise). The signature is not verified: compare `recover` with the
    attester.
    """
    try:
        if not isinstance(value, dict):
            raise TypeError("not a JSON object")  # noqa: TRY301 - all that is malformed takes one way out
        message = value["message"]
        attestation = Attestation(
            pixel_hash=from_hex(message["pixelHash"]),
            recipe_hash=from_hex(message["recipeHash"]),
            model_hash=from_hex(message["modelHash"]),
            creator=to_checksum_address(message["creator"]),
            created_at=int(message["createdAt"]),
        )
        signature, attester = from_hex(value["signature"]), str(to_checksum_address(value["attester"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not an attestation document: {error!r}") from error
    if document(attestation, signature=signature, attester=attester) != value:
        raise ValueError("not an attestation document in its one spelling")
    return attestation, signature, attester


def signed_at(attestation: Attestation) -> datetime:
    """When the attestation says it was made, in UTC."""
    return datetime.fromtimestamp(attestation.created_at, tz=UTC)
