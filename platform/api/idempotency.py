"""`Idempotency-Key`: however often a request is sent, it makes one object.

The record stands in the database, written in the same transaction as the object: either both are there or neither.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from api.errors import InvalidInput
from api.models import IdempotencyRecord

if TYPE_CHECKING:
    from accounts.models import Person

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyReused(InvalidInput):
    """The key was sent before, with another body."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The object's id, and whether an earlier request with the same key had made it."""

    object_id: UUID
    replayed: bool


def make_once(
    *, person: "Person", route: str, key: str | None, body: Mapping[str, Any], make: Callable[[], UUID]
) -> Outcome:
    """Run `make` and remember under `key` what it made; for a key seen before, make nothing.

    Without a key, `make` simply runs. What `make` raises is raised, and the key stays free. Of two concurrent
    requests, the second waits at the unique constraint until the first has committed, then replays it, or, when the
    first failed, makes the object itself. Raises IdempotencyKeyReused, InvalidInput for a malformed key.
    """
    if key is None:
        return Outcome(object_id=make(), replayed=False)
    if not _KEY.fullmatch(key):
        raise InvalidInput.for_field(HEADER, f"{HEADER} is 1 to 255 visible ASCII characters.")
    body_hash = _hash(body)
    with transaction.atomic():
        record, is_new = IdempotencyRecord.objects.get_or_create(
            person=person, route=route, key=key, defaults={"body_hash": body_hash}
        )
        if not is_new:
            return _replay(record, body_hash=body_hash)
        object_id = make()
        record.object_id = object_id
        record.save(update_fields=["object_id"])
    return Outcome(object_id=object_id, replayed=False)


def _replay(record: IdempotencyRecord, *, body_hash: bytes) -> Outcome:
    if bytes(record.body_hash) != body_hash:
        detail = (
            f"This {HEADER} was sent before with another body. Nothing was done; use a new key for a new request."
        )
        raise IdempotencyKeyReused(detail)
    assert record.object_id is not None, "committed with its object"
    return Outcome(object_id=record.object_id, replayed=True)


def _hash(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of the validated body, so that spelling (spaces, order, 2 or 2.0) does not count as a difference."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).digest()
