"""Consensys Web3Signer over HTTP: the key never is in this process.

Its `eth1` mode signs keccak256 of the data it is given (POST /api/v1/eth1/sign/{identifier}), so it gets the unsigned
transaction, not a hash; the identifier is the public key. https://docs.web3signer.consensys.io/reference/api/rest
"""

from functools import cached_property
from typing import Any

import httpx
from eth_keys.datatypes import PublicKey, Signature
from eth_utils.crypto import keccak

from minting.errors import SignerUnavailable
from minting.signers import envelope
from minting.signers.interface import SignedTransaction

SECONDS = 10


class Web3SignerSigner:
    """Signs with the key that a Web3Signer holds for a public key (64 bytes, hex)."""

    def __init__(self, url: str, *, public_key: str) -> None:
        self._url, self._public_key = url.rstrip("/"), public_key.removeprefix("0x").removeprefix("04")

    @cached_property
    def address(self) -> str:
        return str(PublicKey(bytes.fromhex(self._public_key)).to_checksum_address())

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        return envelope.signed(fields, self.sign_preimage(envelope.preimage_of(fields)))

    def sign_preimage(self, preimage: bytes) -> bytes:
        try:
            answer = httpx.post(
                f"{self._url}/api/v1/eth1/sign/0x{self._public_key}",
                json={"data": "0x" + preimage.hex()},
                headers={"Accept": "text/plain"},
                timeout=SECONDS,
            )
            answer.raise_for_status()
            signature = bytes.fromhex(answer.text.strip().removeprefix("0x"))
        except (httpx.HTTPError, ValueError) as error:
            raise SignerUnavailable(f"The Web3Signer does not sign for {self.address}: {error}.") from error
        return self._checked(preimage, signature)

    def _checked(self, preimage: bytes, signature: bytes) -> bytes:
        """The signature, when it is of our key: nothing else may ever be stored as an attempt."""
        if len(signature) == 65:
            signature = signature[:64] + bytes([signature[64] % 27 + 27])
            found = Signature(signature[:64] + bytes([signature[64] - 27]))
            if found.recover_public_key_from_msg_hash(keccak(preimage)).to_checksum_address() == self.address:
                return signature
        raise SignerUnavailable(f"The Web3Signer's signature is not of {self.address}.")
