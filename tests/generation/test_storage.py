"""Content-addressed files."""

import errno
import hashlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from generation.errors import FileUnavailable, StorageFull
from generation.models import StoredFile
from generation.storage import open_file, read_bytes, store_bytes

pytestmark = pytest.mark.django_db


def test_bytes_are_kept_under_their_own_hash() -> None:
    stored = store_bytes(data=b"hello", media_type="application/json")
    assert bytes(stored.sha256) == hashlib.sha256(b"hello").digest()
    # What `ipfs add --cid-version=1 --raw-leaves` prints for the same five bytes.
    assert stored.cid == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
    assert (stored.size, stored.media_type) == (5, "application/json")
    assert stored.path.endswith(f"{hashlib.sha256(b'hello').hexdigest()}.json")
    assert read_bytes(stored) == b"hello"
    with open_file(stored) as file:
        assert file.read() == b"hello"


def test_storing_again_changes_nothing() -> None:
    first = store_bytes(data=b"twice", media_type="image/png")
    written = Path(default_storage.path(first.path)).stat().st_mtime_ns
    assert store_bytes(data=b"twice", media_type="image/png") == first
    assert Path(default_storage.path(first.path)).stat().st_mtime_ns == written
    assert StoredFile.objects.count() == 1


def test_a_full_disk_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(default_storage, "_save", full)
    with pytest.raises(StorageFull) as refusal:
        store_bytes(data=b"too much", media_type="image/png")
    assert refusal.value.status == 507
    assert not StoredFile.objects.exists()


def test_a_write_that_breaks_off_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("generation.file_storage.os.fsync", broken)
    with pytest.raises(StorageFull):
        store_bytes(data=b"half written", media_type="image/png")
    digest = hashlib.sha256(b"half written").hexdigest()
    folder = Path(default_storage.path(f"files/{digest[:2]}"))
    assert list(folder.iterdir()) == []


def test_a_damaged_or_missing_file_is_not_handed_out() -> None:
    stored = store_bytes(data=b"precious", media_type="image/png")
    path = Path(default_storage.path(stored.path))
    path.write_bytes(b"tampered")
    with pytest.raises(FileUnavailable):
        read_bytes(stored)
    path.unlink()
    with pytest.raises(FileUnavailable):
        open_file(stored)
    # Storing the true bytes again mends it.
    store_bytes(data=b"precious", media_type="image/png")
    assert read_bytes(stored) == b"precious"


def test_storing_its_bytes_again_mends_a_damaged_file() -> None:
    stored = store_bytes(data=b"whole", media_type="image/png")
    Path(default_storage.path(stored.path)).write_bytes(b"whale")
    assert read_bytes(store_bytes(data=b"whole", media_type="image/png")) == b"whole"
