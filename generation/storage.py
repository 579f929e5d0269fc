"""Content-addressed files: bytes kept under their own SHA-256, in Django's default storage."""

import errno
import hashlib
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from generation.errors import FileUnavailable, StorageFull
from generation.models import StoredFile
from provenance.cids import file_cid

EXTENSIONS = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg", "application/json": "json"}


def store_bytes(*, data: bytes, media_type: str, is_public: bool = True) -> StoredFile:
    """Keep these bytes; storing them again changes nothing. The row exists only once the file is whole.

    What is not public is not served by its CID; once the same bytes are stored as public, they are. Raises
    StorageFull; then nothing is kept.
    """
    digest = hashlib.sha256(data).digest()
    path = store_plain(data=data, folder="files", extension=EXTENSIONS.get(media_type, "bin"))
    stored = StoredFile(
        sha256=digest, cid=file_cid(data), media_type=media_type, size=len(data), path=path, is_public=is_public
    )
    # One statement, whether the row is there or not.
    if is_public:
        StoredFile.objects.bulk_create(
            [stored], update_conflicts=True, unique_fields=["sha256"], update_fields=["is_public"]
        )
        return stored
    StoredFile.objects.bulk_create([stored], ignore_conflicts=True)
    return StoredFile.objects.get(pk=digest)


def store_plain(*, data: bytes, folder: str, extension: str) -> str:
    """Write bytes under `<folder>/<sha256>.<extension>` without a row (previews); the path in the storage.

    Raises StorageFull.
    """
    digest = hashlib.sha256(data).hexdigest()
    path = f"{folder}/{digest[:2]}/{digest}.{extension}"
    try:
        if default_storage.exists(path) and _holds(path, digest):
            return path
        return default_storage.save(path, ContentFile(data))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                "There is no room left to store the file. Nothing was lost: try again once the operator made room."
            ) from error
        raise


def _holds(path: str, digest: str) -> bool:
    """Whether the file is what its name says: one that was damaged is mended by storing its bytes again."""
    with default_storage.open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest() == digest


def open_file(stored: StoredFile) -> "File[Any]":
    """The file, open for reading in binary mode. Raises FileUnavailable."""
    try:
        return default_storage.open(stored.path, "rb")
    except OSError as error:
        raise _unavailable(stored) from error


def read_bytes(stored: StoredFile) -> bytes:
    """The exact bytes that were stored. Raises FileUnavailable when they are missing or no longer have their hash."""
    with open_file(stored) as file:
        data: bytes = file.read()
    if hashlib.sha256(data).digest() != bytes(stored.sha256):
        raise _unavailable(stored)
    return data


def _unavailable(stored: StoredFile) -> FileUnavailable:
    return FileUnavailable(
        f"The file {stored.cid} is missing from the storage or damaged. Its hash is still known: any copy with "
        "that hash can be put back by the operator."
    )
