"""One sender at a time per chain and signer."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def sole_sender(*, chain_id: int, signer: str) -> Iterator[bool]:
    """Whether this process may send now; False when another one is at it.

    A session lock of PostgreSQL: it outlives the short transactions inside, and a killed process loses it with its
    connection. (Rows are locked besides: this keeps sending in order, it is not what keeps nonces unique.)
    """
    digest = hashlib.sha256(f"minting sender {chain_id} {signer}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (taken,) = cursor.fetchone() or (False,)
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
