"""Statements of the platform's key beside the attestation: EIP-712 in the same portable domain, in one JSON form.

Values are as JSON has them: hashes `0x…` of 32 bytes, whole numbers as decimal text, text, booleans. A signature
proves who vouches (law 8).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from provenance.attestations import DOMAIN, HALF_ORDER, Attestation, address_of, checksummed, typed_message
from provenance.digests import from_hex, to_hex

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A type of statement: its EIP-712 name, and its fields in order with their Solidity types."""

    name: str
    fields: tuple[tuple[str, str], ...]

    @property
    def types(self) -> dict[str, list[dict[str, str]]]:
        """As EIP-712 and JSON have it."""
        return {self.name: [{"name": name, "type": solidity} for name, solidity in self.fields]}


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A statement that was read: its values, who is named as its signer, and who really signed it."""

    message: dict[str, Any]
    attester: str
    signer: str

    @property
    def is_genuine(self) -> bool:
        """Whether the named key signed it."""
        return self.attester == self.signer


def signed_document(kind: Kind, message: Values, *, private_key: bytes) -> dict[str, Any]:
    """The statement, signed, as JSON. Raises ValueError for values that do not fit the fields."""
    signature = Account.sign_message(_signable(kind, message), private_key=private_key).signature
    return _document(kind, message, attester=address_of(private_key), signature=bytes(signature))


def read_document(kind: Kind, value: object) -> Signed:
    """The inverse of `signed_document`; whether the key fits is in the answer, whose key it is is not.

    Raises ValueError when the value is not exactly such a document, character by character.
    """
    try:
        if not isinstance(value, dict):
            raise TypeError("not a JSON object")  # noqa: TRY301 - all that is malformed takes one way out
        message = dict(value["message"])
        signature, attester = from_hex(value["signature"]), str(to_checksum_address(value["attester"]))
        signable = _signable(kind, message)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a document of the type {kind.name}: {error!r}") from error
    if _document(kind, message, attester=attester, signature=signature) != value:
        raise ValueError(f"not a document of the type {kind.name} in its one spelling")
    return Signed(message=message, attester=attester, signer=_recover(signable, signature))


def attestation_digest(attestation: Attestation) -> bytes:
    """The 32 bytes that the attester signed: by these, other statements name the attestation they are about."""
    signable = typed_message(attestation)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def _document(kind: Kind, message: Values, *, attester: str, signature: bytes) -> dict[str, Any]:
    return {
        "domain": DOMAIN,
        "primary_type": kind.name,
        "types": kind.types,
        "message": {name: _spelled(solidity, message[name]) for name, solidity in kind.fields},
        "attester": checksummed(attester),
        "signature": to_hex(signature),
    }


def _signable(kind: Kind, message: Values) -> SignableMessage:
    if set(message) != {name for name, _ in kind.fields}:
        raise ValueError(f"a statement of the type {kind.name} has other fields than {', '.join(sorted(message))}")
    data = {name: _typed(solidity, message[name]) for name, solidity in kind.fields}
    return encode_typed_data(domain_data=DOMAIN, message_types=kind.types, message_data=data)


def _typed(solidity: str, value: object) -> object:
    if solidity == "bytes32":
        digest = from_hex(str(value))
        if len(digest) != 32:
            raise ValueError(f"a hash has 32 bytes, got {len(digest)}")
        return digest
    if solidity.startswith("uint"):
        number = int(str(value))
        if not 0 <= number < 2 ** int(solidity.removeprefix("uint")):
            raise ValueError(f"{number} does not fit {solidity}")
        return number
    if not isinstance(value, bool if solidity == "bool" else str):
        raise ValueError(f"{value!r} is no {solidity}")  # noqa: TRY004 - one way out for all that is malformed
    return value


def _spelled(solidity: str, value: object) -> object:
    typed = _typed(solidity, value)
    if isinstance(typed, bytes):
        return to_hex(typed)
    return str(typed) if solidity.startswith("uint") else typed


def _recover(signable: SignableMessage, signature: bytes) -> str:
    if len(signature) != 65 or signature[64] not in (27, 28) or int.from_bytes(signature[32:64]) > HALF_ORDER:
        raise ValueError("the signature is malformed: 65 bytes r ‖ s ‖ v, a low s, v 27 or 28")
    try:
        return str(Account.recover_message(signable, signature=signature))
    except Exception as error:
        # eth-keys raises several unrelated types for a bad r, s or v.
        raise ValueError(f"the signature is malformed: {error}") from error
