"""Rounds of the engine in processes of their own, forked from the test, so that they can be killed for real."""

import os
import traceback
from collections.abc import Mapping
from pathlib import Path

from django.db import connection

from api import live
from minting.rpc import client_for
from minting.tasks import drive

KILLED = -9


def start_round(variables: Mapping[str, str]) -> int:
    """Begin a round in a process of its own; its process id."""
    # Neither process may write into the other's connection.
    connection.close()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.environ.update(variables)
        client_for.cache_clear()
        live._client.cache_clear()
        drive()
        status = 0
    except Exception:  # noqa: BLE001 - whatever it was, the parent sees the status, and the log this
        traceback.print_exc()
    finally:
        os._exit(status)


def end_of(child: int) -> int:
    """Wait for a round to end; its exit status, or minus the signal that killed it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def killed_at(point: str, *, markers: Path) -> bool:
    """Run a round that dies at a point, if it gets there; whether it did."""
    status = end_of(start_round({"COLOPHON_FAULT": point, "COLOPHON_FAULT_ONCE": str(markers)}))
    assert status in {0, KILLED}, f"a round ended with {status}"
    assert (status == KILLED) == (markers / point).exists()
    return status == KILLED


def deliver_twice() -> None:
    """The same message in two processes at once."""
    children = [start_round({}) for _ in range(2)]
    assert [end_of(child) for child in children] == [0, 0]
