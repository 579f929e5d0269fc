"""Keys on this machine: a plain file of mode 0600, and an encrypted keystore (Web3 Secret Storage, version 3)."""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from minting.errors import SignerUnavailable
from minting.signers.interface import SignedTransaction
from provenance.keys import load_or_create_key


class AccountSigner:
    """Signs with a key in this process's memory."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        signed = self._account.sign_transaction(fields)
        return SignedTransaction(raw=bytes(signed.raw_transaction), hash=bytes(signed.hash))

    def sign_preimage(self, preimage: bytes) -> bytes:
        return bytes(self._account.unsafe_sign_hash(Hash32(keccak(preimage))).signature)


class KeyFileSigner(AccountSigner):
    """Signs with a private key from a file of mode 0600, which is made when it is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(Account.from_key(load_or_create_key(path)))


class KeystoreSigner:
    """Signs with a key from an encrypted keystore, which is decrypted for the first signature and not before."""

    def __init__(self, path: Path, *, password_file: Path | None, password_variable: str | None) -> None:
        self._path, self._password_file, self._password_variable = path, password_file, password_variable

    @cached_property
    def _keystore(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._path.read_text())
        except (OSError, ValueError) as error:
            raise SignerUnavailable(f"The keystore {self._path} cannot be read: {error}.") from error
        return found

    @cached_property
    def address(self) -> str:
        if self._keystore.get("address"):
            return str(to_checksum_address("0x" + self._keystore["address"].removeprefix("0x")))
        return self._unlocked.address

    @cached_property
    def _unlocked(self) -> AccountSigner:
        try:
            return AccountSigner(Account.from_key(Account.decrypt(self._keystore, self._password())))
        except ValueError as error:
            raise SignerUnavailable(
                f"The keystore {self._path} does not open with this password: {error}."
            ) from error

    def _password(self) -> str:
        if self._password_variable:
            password = os.environ.get(self._password_variable)
            if password is None:
                raise SignerUnavailable(f"{self._password_variable} is not set: it is the keystore's password.")
            return password
        try:
            return Path(self._password_file or "").read_text().rstrip("\r\n")
        except OSError as error:
            raise SignerUnavailable(f"The keystore's password cannot be read: {error}.") from error

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        return self._unlocked.sign_transaction(fields)

    def sign_preimage(self, preimage: bytes) -> bytes:
        return self._unlocked.sign_preimage(preimage)
