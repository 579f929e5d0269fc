"""Keys in files."""

import stat
from pathlib import Path

import pytest
from pytest_django import Settings

from minting.checks import keys_are_usable
from minting.signers import KeyFileSigner
from provenance.keys import UnusableKey, load_or_create_key


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signer.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == key
    assert [entry.name for entry in path.parent.iterdir()] == ["signer.key"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signer.key"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(UnusableKey, match="chmod 600"):
        KeyFileSigner(path)


def test_a_file_without_a_key_is_refused_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "signer.key"
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(UnusableKey, match="holds no secp256k1 private key"):
        load_or_create_key(path)
    assert path.read_text() == "no key"


def test_the_system_check_names_an_unusable_key(settings: Settings) -> None:
    assert keys_are_usable() == []
    settings.SIGNER_KEY_FILE.parent.mkdir()
    settings.SIGNER_KEY_FILE.write_text("")
    assert [problem.id for problem in keys_are_usable()] == ["minting.E002"]
