"""Who signs transactions: an interface, and the key in a local file that is made on first start."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from provenance.keys import load_or_create_key


@dataclass(frozen=True, kw_only=True)
class SignedTransaction:
    """The bytes to broadcast, and their hash (32 bytes)."""

    raw: bytes
    hash: bytes


class Signer(Protocol):
    """Signs for one address. A key file here; a keystore or a cloud KMS elsewhere."""

    @property
    def address(self) -> str:
        """EIP-55."""
        ...

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        """Sign the fields of an EIP-1559 or a legacy (EIP-155) transaction."""
        ...

    def sign_digest(self, digest: bytes) -> bytes:
        """The 65-byte signature of a 32-byte EIP-712 digest."""
        ...


class KeyFileSigner:
    """Signs with a private key from a file of mode 0600."""

    def __init__(self, path: Path) -> None:
        self._account: LocalAccount = Account.from_key(load_or_create_key(path))

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        signed = self._account.sign_transaction(fields)
        return SignedTransaction(raw=bytes(signed.raw_transaction), hash=bytes(signed.hash))

    def sign_digest(self, digest: bytes) -> bytes:
        return bytes(self._account.unsafe_sign_hash(Hash32(digest)).signature)


@cache
def _signer_of(path: Path) -> Signer:
    return KeyFileSigner(path)


def platform_signer() -> Signer:
    """The relayer: it pays for mints and is MINTER in the collections. Raises provenance.keys.UnusableKey."""
    return _signer_of(settings.SIGNER_KEY_FILE)


def attester_address() -> str:
    """The address whose attestations new collections trust. Raises provenance.keys.UnusableKey."""
    return str(Account.from_key(load_or_create_key(settings.ATTESTER_KEY_FILE)).address)
