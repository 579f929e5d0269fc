from pathlib import Path

from pytest_django import Settings

from provenance.certificates import load_or_create_signer
from verification.checks import certificate_chain_is_usable


def test_a_chain_still_to_be_made_is_fine_and_is_not_made_by_checking(settings: Settings) -> None:
    assert certificate_chain_is_usable() == []
    assert not Path(settings.C2PA_DIR).exists()


def test_half_a_chain_is_an_error_with_a_stable_id(settings: Settings) -> None:
    load_or_create_signer(settings.C2PA_DIR)
    assert certificate_chain_is_usable() == []
    (Path(settings.C2PA_DIR) / "leaf.key").unlink()
    assert [message.id for message in certificate_chain_is_usable()] == ["verification.E001"]


def test_a_chain_whose_key_is_with_a_key_service_is_fine(settings: Settings, tmp_path: Path) -> None:
    settings.C2PA_DIR = tmp_path / "c2pa"
    load_or_create_signer(settings.C2PA_DIR)
    (settings.C2PA_DIR / "leaf.key").unlink()
    settings.C2PA_SIGN_FUNCTION = "keys.of.somebody.sign"
    assert certificate_chain_is_usable() == []
    (settings.C2PA_DIR / "chain.pem").write_text("no chain")
    assert [message.id for message in certificate_chain_is_usable()] == ["verification.E001"]
