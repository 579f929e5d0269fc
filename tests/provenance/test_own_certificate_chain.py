"""A chain of the operator's own: what may be wrong with it is said when it is loaded, not when a picture is done."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provenance.certificates import LEAF_USAGES, BadCertificateChain, load_or_create_anchors, load_or_create_signer

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW = datetime.now(tz=UTC)


def write_chain(
    folder: Path,
    *,
    key: Key | None = None,
    usages: tuple[x509.ObjectIdentifier, ...] = LEAF_USAGES,
    until: datetime = NOW + timedelta(days=1),
) -> None:
    """A self-signed leaf with its key, as an operator might put it there."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ours")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=2))
        .not_valid_after(until)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "chain.pem").write_bytes(pem)
    (folder / "root.pem").write_bytes(pem)
    encoding, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "leaf.key").write_bytes(key.private_bytes(encoding, layout, serialization.NoEncryption()))


def test_a_sound_chain_is_taken_as_it_is(tmp_path: Path) -> None:
    write_chain(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert load_or_create_signer(tmp_path).chain_pem.encode() == before["chain.pem"]
    assert load_or_create_anchors(tmp_path).encode() == before["root.pem"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "usages",
    [(), (ExtendedKeyUsageOID.TIME_STAMPING,), (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CODE_SIGNING)],
    ids=["none", "time-stamps", "web server"],
)
def test_a_leaf_that_is_made_for_something_else_is_refused(
    usages: tuple[x509.ObjectIdentifier, ...], tmp_path: Path
) -> None:
    write_chain(tmp_path, usages=usages)
    with pytest.raises(BadCertificateChain, match="extended key usage"):
        load_or_create_signer(tmp_path)


def test_an_expired_leaf_is_refused(tmp_path: Path) -> None:
    write_chain(tmp_path, until=NOW - timedelta(days=1))
    with pytest.raises(BadCertificateChain, match="expired at"):
        load_or_create_signer(tmp_path)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(public_exponent=65537, key_size=2048)],
    ids=["P-384", "RSA"],
)
def test_another_kind_of_key_is_refused(key: Key, tmp_path: Path) -> None:
    write_chain(tmp_path, key=key)
    with pytest.raises(BadCertificateChain, match=r"leaf\.key is not an ECDSA P-256 key"):
        load_or_create_signer(tmp_path)


def test_a_root_that_is_no_pem_is_refused(tmp_path: Path) -> None:
    # Reading would otherwise judge every file broken.
    write_chain(tmp_path)
    (tmp_path / "root.pem").write_text("no certificate")
    with pytest.raises(BadCertificateChain, match=r"root\.pem is not usable PEM"):
        load_or_create_anchors(tmp_path)


def test_what_is_no_pem_is_refused(tmp_path: Path) -> None:
    write_chain(tmp_path)
    (tmp_path / "chain.pem").write_text("no certificate")
    with pytest.raises(BadCertificateChain, match="not usable PEM"):
        load_or_create_signer(tmp_path)
