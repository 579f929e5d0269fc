"""Keys in a cloud's KMS, secp256k1 there too: the service signs a 32-byte digest and never gives the key away.

It answers in DER, with any s and without a recovery id. Ethereum takes only the lower s (EIP-2), and the id is found
by trying both. The libraries are not among the platform's requirements: see requirements-kms.txt.
"""

from functools import cached_property
from importlib import import_module
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)
from django.core.exceptions import ImproperlyConfigured
from eth_keys.datatypes import PublicKey, Signature
from eth_utils.crypto import keccak

from minting.errors import SignerUnavailable
from minting.signers import envelope
from minting.signers.interface import SignedTransaction

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""of the group of secp256k1"""


class Kms(Protocol):
    """The seam: what is asked of a cloud."""

    def public_key(self) -> bytes:
        """64 bytes, x ‖ y."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """The DER signature of a 32-byte digest."""
        ...


class KmsSigner:
    """Signs with a key of a KMS."""

    def __init__(self, kms: Kms) -> None:
        self._kms = kms

    @cached_property
    def address(self) -> str:
        return str(PublicKey(self._asked(self._kms.public_key)).to_checksum_address())

    def sign_transaction(self, fields: dict[str, Any]) -> SignedTransaction:
        return envelope.signed(fields, self.sign_preimage(envelope.preimage_of(fields)))

    def sign_preimage(self, preimage: bytes) -> bytes:
        digest = keccak(preimage)
        r, s = decode_dss_signature(self._asked(self._kms.sign, digest))
        rs = r.to_bytes(32) + min(s, ORDER - s).to_bytes(32)
        for parity in (0, 1):
            found = Signature(rs + bytes([parity]))
            if found.recover_public_key_from_msg_hash(digest).to_checksum_address() == self.address:
                return rs + bytes([27 + parity])
        raise SignerUnavailable(f"The KMS's signature is not of {self.address}.")

    @staticmethod
    def _asked(ask: Any, *arguments: bytes) -> bytes:  # noqa: ANN401 - one of the two methods of Kms
        try:
            return bytes(ask(*arguments))
        except ImproperlyConfigured:
            raise
        except Exception as error:  # whatever the cloud's library raises: no token is worth guessing
            raise SignerUnavailable(f"The KMS does not answer: {type(error).__name__}: {error}.") from error


class AwsKms:
    """AWS KMS: a key of spec ECC_SECG_P256K1, usage SIGN_VERIFY."""

    def __init__(self, *, key_id: str, region: str | None = None, client: Any = None) -> None:  # noqa: ANN401 - boto3 has no types
        self._key_id = key_id
        self._client = client or _library("boto3").client("kms", region_name=region)

    def public_key(self) -> bytes:
        return _raw(load_der_public_key(self._client.get_public_key(KeyId=self._key_id)["PublicKey"]))

    def sign(self, digest: bytes) -> bytes:
        answer = self._client.sign(
            KeyId=self._key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
        )
        return bytes(answer["Signature"])


class GcpKms:
    """Google Cloud KMS: a key version of algorithm EC_SIGN_SECP256K1_SHA256 (HSM); `name` is its whole path."""

    def __init__(self, *, name: str, client: Any = None) -> None:  # noqa: ANN401 - made at run time
        self._name = name
        self._client = client or _library("google.cloud.kms").KeyManagementServiceClient()

    def public_key(self) -> bytes:
        return _raw(load_pem_public_key(self._client.get_public_key(request={"name": self._name}).pem.encode()))

    def sign(self, digest: bytes) -> bytes:
        # The field is named after SHA-256, but any 32 bytes are signed as they are.
        answer = self._client.asymmetric_sign(request={"name": self._name, "digest": {"sha256": digest}})
        return bytes(answer.signature)


def _raw(key: object) -> bytes:
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != "secp256k1":
        raise ImproperlyConfigured("The key in the KMS is not of the curve secp256k1.")
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def _library(name: str) -> Any:  # noqa: ANN401 - a module
    try:
        return import_module(name)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"SIGNERS names a KMS, but {name} is not installed: pip install -r requirements-kms.txt"
        ) from error
