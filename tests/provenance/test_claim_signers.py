"""Who signs the credentials: a chain made here, or a service that keeps the key."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provenance.certificates import (
    BadCertificateChain,
    ClaimSigner,
    load_or_create_anchors,
    load_or_create_signer,
    load_remote_signer,
)
from provenance.credentials import CredentialsNotEmbedded, read
from tests.provenance.signed_pictures import RECIPE, signed


def test_broken_chain_files_are_named(signer: ClaimSigner, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "chain.pem").write_text((folder / "chain.pem").read_text())
    with pytest.raises(BadCertificateChain, match=r"leaf\.key cannot be read"):
        load_or_create_signer(tmp_path)


def test_a_key_of_another_leaf_is_refused(signer: ClaimSigner, folder: Path, tmp_path: Path) -> None:
    load_or_create_signer(tmp_path / "c2pa")
    (tmp_path / "c2pa" / "chain.pem").write_text((folder / "chain.pem").read_text())
    with pytest.raises(BadCertificateChain, match="is not the key of the first certificate"):
        load_or_create_signer(tmp_path / "c2pa")


def test_the_keys_are_the_owners_alone(signer: ClaimSigner, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {"chain.pem", "leaf.key", "root.pem"}


def test_starters_at_the_same_time_get_one_chain(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: load_or_create_signer(tmp_path / "c2pa"), range(8)))
    assert len({signer.key_pem for signer in signers}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c2pa"]


def remote(folder: Path, sign: Callable[[bytes], bytes]) -> ClaimSigner:
    """As with a key service: the chain is at hand, the key is not."""
    (folder / "remote").mkdir()
    for name in ("chain.pem", "root.pem"):
        (folder / "remote" / name).write_text((folder / "c2pa" / name).read_text())
    return load_remote_signer(folder / "remote", sign=sign)


def key_of(folder: Path) -> ec.EllipticCurvePrivateKey:
    load_or_create_signer(folder / "c2pa")
    key = serialization.load_pem_private_key((folder / "c2pa/leaf.key").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def test_a_key_service_signs(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    service = remote(tmp_path, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
    anchors = load_or_create_anchors(tmp_path / "c2pa")
    report = read(signed(service), media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.recipe) == ("trusted", RECIPE)


def test_a_key_service_that_fails_is_the_reason_given(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    calls = iter([True])

    def sign(data: bytes) -> bytes:
        if next(calls, False):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        raise ConnectionError("the key service is away")

    service = remote(tmp_path, sign)
    with pytest.raises(CredentialsNotEmbedded, match="the key service is away"):
        signed(service)


def test_a_key_service_with_another_key_is_refused(tmp_path: Path) -> None:
    key_of(tmp_path)
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(BadCertificateChain, match="no signature by the first certificate"):
        remote(tmp_path, lambda data: stranger.sign(data, ec.ECDSA(hashes.SHA256())))
