"""Canonical JSON, RFC 8785 (JCS): one byte string for one value."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - JSON values are any type
    """The RFC 8785 bytes of a JSON value.

    Raises ValueError for what JSON cannot hold exactly: integers beyond ±(2^53-1), NaN, infinities. Such numbers
    (seeds, wei) go in as decimal strings.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"cannot be written as canonical JSON: {error}") from error


def canonical_hash(value: Any) -> bytes:  # noqa: ANN401 - JSON values are any type
    """SHA-256 of the canonical bytes: 32 bytes. Of a recipe, this is its `recipe_hash`."""
    return hashlib.sha256(canonical_json(value)).digest()
