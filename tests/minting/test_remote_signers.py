"""Signers behind one interface: whatever holds the key, the bytes are those that eth-account makes with it."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ImproperlyConfigured
from eth_account import Account
from eth_utils.crypto import keccak
from pytest_django import Settings

from devstack.ports import HOST
from minting.errors import SignerUnavailable
from minting.signers import Signer, signers_for
from minting.signers.kms import ORDER, AwsKms, GcpKms, KmsSigner
from minting.signers.local import KeystoreSigner
from minting.signers.web3signer import Web3SignerSigner

KEY = hashlib.sha256(b"a key for tests").digest()
ACCOUNT = Account.from_key(KEY)
CURVE_KEY = ec.derive_private_key(int.from_bytes(KEY), ec.SECP256K1())
TO = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
COMMON: dict[str, Any] = {"chainId": 8453, "nonce": 7, "to": TO, "data": b"\x01\x02", "value": 0, "gas": 21_000}
TYPED = {**COMMON, "type": 2, "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**9}
LEGACY = {**COMMON, "gasPrice": 2 * 10**9}
CREATION = {**TYPED, "to": ""}


def der_signature(digest: bytes, *, high_s: bool) -> bytes:
    """As a KMS answers: DER, with any s."""
    r, s = decode_dss_signature(CURVE_KEY.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256()))))
    low = min(s, ORDER - s)
    return encode_dss_signature(r, ORDER - low if high_s else low)


class FakeAws:
    """boto3's client of AWS KMS, with a real key."""

    def __init__(self, *, high_s: bool = True) -> None:
        self.high_s = high_s

    def get_public_key(self, **asked: str) -> dict[str, bytes]:
        assert asked == {"KeyId": "alias/minter"}
        return {"PublicKey": CURVE_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}

    def sign(self, **asked: Any) -> dict[str, bytes]:  # noqa: ANN401 - boto3 has no types
        assert (asked["MessageType"], asked["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
        return {"Signature": der_signature(asked["Message"], high_s=self.high_s)}


class FakeGcp:
    """google-cloud-kms's client, with a real key."""

    def get_public_key(self, *, request: dict[str, str]) -> SimpleNamespace:
        assert request == {"name": "a/key/version"}
        pem = CURVE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return SimpleNamespace(pem=pem.decode())

    def asymmetric_sign(self, *, request: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(signature=der_signature(request["digest"]["sha256"], high_s=False))


@pytest.fixture
def web3signer() -> Iterator[str]:
    """A Web3Signer's sign endpoint over HTTP, with a real key."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            data = bytes.fromhex(body["data"][2:])
            known = self.path == f"/api/v1/eth1/sign/0x{ACCOUNT._key_obj.public_key.to_bytes().hex()}"
            text = "0x" + bytes(ACCOUNT.unsafe_sign_hash(keccak(data)).signature).hex() if known else "no such key"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()


def assert_signs_for_the_key(signer: Signer) -> None:
    assert signer.address == ACCOUNT.address
    for fields in (TYPED, LEGACY, CREATION):
        signed = signer.sign_transaction(fields)
        assert Account.recover_transaction(signed.raw) == ACCOUNT.address
        assert signed.hash == keccak(signed.raw)
        s = int.from_bytes(signer.sign_preimage(b"any")[32:64])
        assert s <= ORDER // 2


@pytest.mark.parametrize("high_s", [True, False])
def test_aws_kms(high_s: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert_signs_for_the_key(KmsSigner(AwsKms(key_id="alias/minter", client=FakeAws(high_s=high_s))))


def test_google_cloud_kms() -> None:
    assert_signs_for_the_key(KmsSigner(GcpKms(name="a/key/version", client=FakeGcp())))


def test_web3signer_gives_the_same_bytes_as_a_local_key(web3signer: str) -> None:
    public_key = "0x" + ACCOUNT._key_obj.public_key.to_bytes().hex()
    signer = Web3SignerSigner(web3signer, public_key=public_key)
    assert_signs_for_the_key(signer)
    for fields in (TYPED, LEGACY):
        assert signer.sign_transaction(fields).raw == bytes(ACCOUNT.sign_transaction(fields).raw_transaction)


def test_an_encrypted_keystore(tmp_path: Path) -> None:
    path, password = tmp_path / "keystore.json", tmp_path / "password"
    path.write_text(json.dumps(Account.encrypt(KEY, "right", kdf="pbkdf2", iterations=1000)))
    password.write_text("right\n")
    assert_signs_for_the_key(KeystoreSigner(path, password_file=password, password_variable=None))
    password.write_text("wrong")
    wrong = KeystoreSigner(path, password_file=password, password_variable=None)
    assert wrong.address == ACCOUNT.address
    with pytest.raises(SignerUnavailable, match="does not open"):
        wrong.sign_transaction(TYPED)


def test_the_password_may_be_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keystore.json"
    path.write_text(json.dumps(Account.encrypt(KEY, "right", kdf="pbkdf2", iterations=1000)))
    signer = KeystoreSigner(path, password_file=None, password_variable="MINTER_PASSWORD")
    with pytest.raises(SignerUnavailable, match="MINTER_PASSWORD is not set"):
        signer.sign_transaction(TYPED)
    monkeypatch.setenv("MINTER_PASSWORD", "right")
    assert_signs_for_the_key(signer)


def test_a_signature_of_another_key_is_never_used() -> None:
    other = FakeAws()
    other.sign = lambda **_: {"Signature": FakeAws().sign(  # type: ignore[method-assign] # the cloud answers nonsense
        Message=keccak(b"other"), MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")["Signature"]}  # fmt: skip
    with pytest.raises(SignerUnavailable, match="not of"):
        KmsSigner(AwsKms(key_id="alias/minter", client=other)).sign_preimage(b"mine")


def test_a_web3signer_that_is_away_is_told() -> None:
    signer = Web3SignerSigner("http://127.0.0.1:9", public_key=ACCOUNT._key_obj.public_key.to_bytes().hex())
    with pytest.raises(SignerUnavailable, match="does not sign"):
        signer.sign_transaction(TYPED)


def test_a_wrong_entry_is_named(settings: Settings) -> None:
    settings.SIGNERS = [{"kind": "abacus"}]
    with pytest.raises(ImproperlyConfigured, match="abacus"):
        signers_for()
    settings.SIGNERS = [{"kind": "keystore", "path": "a"}]
    with pytest.raises(ImproperlyConfigured, match="password_file or password_variable"):
        signers_for()
    settings.SIGNERS = [{"kind": "key_file", "path": "a", "chains": [1]}]
    with pytest.raises(ImproperlyConfigured, match="no signer for chain 5"):
        signers_for(5)


def test_a_kms_without_its_library_says_what_to_install(settings: Settings) -> None:
    settings.SIGNERS = [{"kind": "aws_kms", "key_id": "alias/minter"}]
    with pytest.raises(ImproperlyConfigured, match=r"requirements-kms\.txt"):
        signers_for()
