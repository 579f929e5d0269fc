"""The X.509 chain that signs C2PA manifests: made once on first start, or the operator's own.

Root (path length 1) → intermediate (path length 0) → leaf, all ECDSA P-256. C2PA refuses Ethereum keys, so this is
the second of the two signatures in a file (DESIGN §4). The keys of the root and the intermediate are forgotten as
soon as the chain is made: nobody, us included, can ever issue another leaf under the root that verifiers trust.

A chain of the operator's own is three files in the folder: `chain.pem` (leaf first, then intermediates), `leaf.key`
(PKCS #8, unencrypted; left out when a key service signs) and `root.pem` (what our verifier trusts; several may be in
it).
"""

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAIN_FILE, KEY_FILE, ROOT_FILE = "chain.pem", "leaf.key", "root.pem"
CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""the extended key usage `c2pa-kp-claimSigning` of the C2PA specification; alone it fails with default verifiers"""
LEAF_USAGES = (CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
CA_VALIDITY = timedelta(days=20 * 365)
LEAF_VALIDITY = timedelta(days=10 * 365)
"""long, because a manifest without a time-stamp is judged invalid once its leaf has expired"""
CLOCK_SKEW = timedelta(hours=1)


class BadCertificateChain(ValueError):
    """The folder does not hold a usable chain; the message says which file and why."""


@dataclass(frozen=True, kw_only=True)
class ClaimSigner:
    """What signs a C2PA manifest: the chain as PEM, and either the leaf's key or a function that has it sign.

    `sign` is given the bytes to be signed and answers an ES256 signature, DER or r ‖ s (a KMS or HSM); what it raises
    becomes the reason why nothing was embedded. `timestamp_url` is an RFC 3161 time-stamp authority.
    """

    chain_pem: str
    key_pem: str | None = field(default=None, repr=False)
    sign: Callable[[bytes], bytes] | None = None
    timestamp_url: str | None = None

    def __post_init__(self) -> None:
        if (self.key_pem is None) == (self.sign is None):
            raise ValueError("a claim signer has either a key or a function that signs")


@dataclass(frozen=True, kw_only=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def load_or_create_signer(folder: Path, *, timestamp_url: str | None = None) -> ClaimSigner:
    """The chain in `folder`, made first when the folder is missing or empty (folder 0700, files 0600).

    Two processes may start together: one chain wins, whole, and both return it. Raises BadCertificateChain when the
    folder holds only part of a chain, or the key is not the leaf's.
    """
    _create_unless_there(folder)
    chain_pem, key_pem = (_read(folder / name) for name in (CHAIN_FILE, KEY_FILE))
    _check(folder, chain_pem=chain_pem, key_pem=key_pem)
    return ClaimSigner(chain_pem=chain_pem, key_pem=key_pem, timestamp_url=timestamp_url)


def load_remote_signer(
    folder: Path, *, sign: Callable[[bytes], bytes], timestamp_url: str | None = None
) -> ClaimSigner:
    """The chain in `folder`, whose leaf's key is elsewhere: `sign` asks for its signatures.

    Signs once to see that it is the leaf's key. Raises BadCertificateChain when the chain is missing or may not sign
    claims, and when the signature does not fit it; what `sign` raises comes out.
    """
    chain_pem = _read(folder / CHAIN_FILE)
    _check_remote_key(folder, check_chain(folder), sign)
    return ClaimSigner(chain_pem=chain_pem, sign=sign, timestamp_url=timestamp_url)


def check_chain(folder: Path) -> x509.Certificate:
    """The leaf of the chain in `folder`, wherever its key is. Raises BadCertificateChain: it may not sign claims."""
    leaf = _leaf(folder, _read(folder / CHAIN_FILE))
    _check_leaf(folder, leaf)
    return leaf


def load_or_create_anchors(folder: Path) -> str:
    """The PEM of the roots that our verifier trusts; made with the chain. Raises BadCertificateChain."""
    _create_unless_there(folder)
    roots = _read(folder / ROOT_FILE)
    try:
        x509.load_pem_x509_certificates(roots.encode())
    except ValueError as error:
        raise BadCertificateChain(f"{folder / ROOT_FILE} is not usable PEM: {error}") from error
    return roots


def _create_unless_there(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        return
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
    draft.mkdir(mode=0o700)
    try:
        for name, content in _new_chain().items():
            descriptor = os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        # rename(2) replaces an empty folder but never a filled one: of two processes, one wins whole.
        draft.rename(folder)
    except OSError:
        if not (folder.is_dir() and any(folder.iterdir())):
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _new_chain() -> dict[str, str]:
    """File name → PEM text of a fresh chain."""
    root = _issue("Colophon Root", issuer=None, path_length=1)
    intermediate = _issue("Colophon Intermediate", issuer=root, path_length=0)
    leaf = _issue("Colophon Content Credentials", issuer=intermediate, path_length=None)
    key = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        CHAIN_FILE: _pem(leaf.certificate) + _pem(intermediate.certificate),
        KEY_FILE: key.decode("ascii"),
        ROOT_FILE: _pem(root.certificate),
    }


def _issue(name: str, *, issuer: _Authority | None, path_length: int | None) -> _Authority:
    """A certificate and its key; `path_length` None makes an end-entity certificate, `issuer` None a root."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Colophon"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    is_authority = path_length is not None
    now = datetime.now(tz=UTC)
    signing_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + (CA_VALIDITY if is_authority else LEAF_VALIDITY))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
        .add_extension(_key_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(LEAF_USAGES), critical=False)
    return _Authority(certificate=builder.sign(signing_key, hashes.SHA256()), key=key)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCertificateChain(
            f"{path} cannot be read ({error}). A chain of your own needs {CHAIN_FILE}, {KEY_FILE} and {ROOT_FILE} "
            "in that folder; remove the folder to have one made."
        ) from error


def _may_sign_claims(leaf: x509.Certificate) -> bool:
    # The C2PA library would also accept a leaf that is made for time-stamps only.
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return any(usage in usages for usage in LEAF_USAGES)


def _check(folder: Path, *, chain_pem: str, key_pem: str) -> None:
    """Raise BadCertificateChain unless the key is the leaf's and the leaf may sign claims today."""
    leaf = _leaf(folder, chain_pem)
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise BadCertificateChain(f"{folder}: {KEY_FILE} is not usable PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadCertificateChain(f"{folder}: {KEY_FILE} is not an ECDSA P-256 key.")
    if key.public_key() != leaf.public_key():
        raise BadCertificateChain(f"{folder}: {KEY_FILE} is not the key of the first certificate in {CHAIN_FILE}.")
    _check_leaf(folder, leaf)


def _leaf(folder: Path, chain_pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(chain_pem.encode())[0]
    except ValueError as error:
        raise BadCertificateChain(f"{folder}: {CHAIN_FILE} is not usable PEM: {error}") from error


def _check_leaf(folder: Path, leaf: x509.Certificate) -> None:
    if not _may_sign_claims(leaf):
        raise BadCertificateChain(f"{folder}: the leaf lacks the extended key usage claimSigning or emailProtection.")
    if leaf.not_valid_after_utc <= datetime.now(tz=UTC):
        raise BadCertificateChain(f"{folder}: the leaf certificate expired at {leaf.not_valid_after_utc:%Y-%m-%d}.")


def _check_remote_key(folder: Path, leaf: x509.Certificate, sign: Callable[[bytes], bytes]) -> None:
    key, message = leaf.public_key(), secrets.token_bytes(32)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadCertificateChain(f"{folder}: the first certificate in {CHAIN_FILE} has no ECDSA P-256 key.")
    signature = sign(message)
    if len(signature) == 64:
        r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
        signature = encode_dss_signature(r, s)
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise BadCertificateChain(
            f"{folder}: what the signing function answers is no signature by the first certificate in {CHAIN_FILE}."
        ) from error
