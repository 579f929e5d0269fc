import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provenance.keys import BadKeyFile, address_of, load_or_create_private_key


def test_a_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "attester.key"
    assert load_or_create_private_key(path) == load_or_create_private_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["attester.key"]


def test_starters_at_the_same_time_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_create_private_key(tmp_path / "attester.key"), range(8)))
    assert len(keys) == 1


def test_the_address_is_that_of_the_key() -> None:
    # anvil's and hardhat's well-known first account
    key = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    assert address_of(key) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.mark.parametrize("content", ["", "0x1234", "no hex at all", "0x" + "00" * 32, "0x" + "ff" * 32])
def test_a_file_without_a_key_is_named_and_its_content_is_not(content: str, tmp_path: Path) -> None:
    path = tmp_path / "attester.key"
    path.write_text(content)
    with pytest.raises(BadKeyFile) as raised:
        load_or_create_private_key(path)
    assert str(path) in str(raised.value)
    assert content == "" or content not in str(raised.value)
    assert path.read_text() == content
