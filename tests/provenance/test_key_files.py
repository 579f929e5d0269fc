import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provenance.keys import UnusableKey, load_or_create_key


def test_a_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "attester.key"
    assert load_or_create_key(path) == load_or_create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["attester.key"]


def test_starters_at_the_same_time_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_create_key(tmp_path / "attester.key"), range(8)))
    assert len(keys) == 1


@pytest.mark.parametrize("content", ["", "0x1234", "no hex at all", "0x" + "00" * 32, "0x" + "ff" * 32])
def test_a_file_without_a_key_is_named_and_its_content_is_not(content: str, tmp_path: Path) -> None:
    path = tmp_path / "attester.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(UnusableKey) as raised:
        load_or_create_key(path)
    assert str(path) in str(raised.value)
    assert content == "" or content not in str(raised.value)
    assert path.read_text() == content


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "attester.key"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(UnusableKey, match="chmod 600"):
        load_or_create_key(path)
