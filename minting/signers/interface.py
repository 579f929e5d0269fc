"""What every signer can do, wherever its key is."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class SignedTransaction:
    """The bytes to broadcast, and their hash (32 bytes)."""

    raw: bytes
    hash: bytes


class Signer(Protocol):
    """Signs for one address. The key is in a file, an encrypted keystore, a Web3Signer or a cloud's KMS."""

    @property
    def address(self) -> str:
        """EIP-55. Raises SignerUnavailable."""
        ...

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        """Sign the fields of an EIP-1559 or a legacy (EIP-155) transaction. Raises SignerUnavailable."""
        ...

    def sign_preimage(self, preimage: bytes) -> bytes:
        """The 65-byte signature (r, s, v = 27 or 28) of keccak256(preimage), for EIP-712: 0x1901 ‖ domain ‖ struct.

        Raises SignerUnavailable.
        """
        ...
