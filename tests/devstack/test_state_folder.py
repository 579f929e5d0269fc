"""The state folder: its version, its lock, and whole files only."""

from pathlib import Path

import pytest

from devstack import state_folder
from devstack.state_folder import StackError


def test_an_empty_folder_gets_the_current_version(tmp_path: Path) -> None:
    state_folder.prepare(tmp_path / "home")
    assert state_folder.read_version(tmp_path / "home") == "1"
    assert (tmp_path / "home" / "keys").stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("99\n")
    with pytest.raises(StackError, match=r"is of version 99; this code reads version 1\. Nothing was changed"):
        state_folder.prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["version"]


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StackError, match=r"holds thesis\.txt but no version file"):
        state_folder.prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_second_lock_says_where_the_first_runs(tmp_path: Path) -> None:
    state_folder.write_services(tmp_path, {"web": {"address": "http://127.0.0.1:8123", "pid": 42}})
    with (
        state_folder.lock(tmp_path),
        pytest.raises(StackError, match=r"at http://127.0.0.1:8123 \(pid 42\)"),
        state_folder.lock(tmp_path),
    ):
        pass
    assert not state_folder.is_locked(tmp_path)


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = state_folder.secret_file(tmp_path / "password")
    assert state_folder.secret_file(tmp_path / "password") == first
    assert len(first) == 20
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
