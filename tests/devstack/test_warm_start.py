"""When the processes may start before `manage.py prepare` is through: only when it has nothing to make anew."""

from pathlib import Path

import pytest

from devstack.up import fingerprint_of


@pytest.mark.parametrize(
    "name", ["static/js/studio.js", "generation/migrations/0001_initial.py", "package-lock.json"]
)
def test_what_prepare_would_make_anew_is_noticed(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("as it was")
    before = fingerprint_of(tmp_path)
    assert fingerprint_of(tmp_path) == before
    file.write_text("changed")
    assert fingerprint_of(tmp_path) != before


def test_other_files_are_no_reason_to_wait(tmp_path: Path) -> None:
    before = fingerprint_of(tmp_path)
    (tmp_path / "README.md").write_text("words")
    assert fingerprint_of(tmp_path) == before
