"""Ids of everything Colophon names: UUIDv7 (RFC 9562 §5.7), so that they sort by creation time."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()
