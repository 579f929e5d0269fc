"""One at a time: who sends for a signer, who indexes a chain."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import connection


def sole_sender(*, chain_id: int, signer: str) -> AbstractContextManager[bool]:
    """Whether this process may send now; False when another one is at it.

    (Rows are locked besides: this keeps sending in order, it is not what keeps nonces unique.)
    """
    return sole_worker(f"minting sender {chain_id} {signer}")


@contextmanager
def sole_worker(name: str) -> Iterator[bool]:
    """Whether this process may do the work of this name now; False when another one is at it.

    A session lock of PostgreSQL: it outlives the short transactions inside, and a killed process loses it with its
    connection.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (taken,) = cursor.fetchone() or (False,)
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
