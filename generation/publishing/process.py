"""`python -m generation.publishing.process <descriptor> <database>`: what `publishing.publisher` starts."""

import os
import pickle
import signal
import sys
import time
import traceback
from multiprocessing.connection import Connection

IDLE_SECONDS = 5.0
"""after so long the database may have been started anew, and the connection is another one"""


def main(descriptor: int, database: str) -> None:
    """Carry out orders until the pipe is closed: the worker has ended, or needs no publisher any more."""
    # A signal to the worker's whole group is for the worker: it may have pictures to publish yet.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    _set_up(database)
    pipe = Connection(descriptor)
    while True:
        began = time.monotonic()
        try:
            order = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _carried_out(order, idle=time.monotonic() - began)
        try:
            pipe.send_bytes(answer)
        except OSError:
            return


def _set_up(database: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    # It gives way to the drawing: where all cores draw, it takes what they leave.
    os.nice(settings.PUBLISHER_NICENESS)
    # The worker's own: in a test run it is another than the settings say.
    connection.settings_dict["NAME"] = database


def _carried_out(order: bytes, *, idle: float) -> bytes:
    """None, or the exception, for the pipe."""
    from django.db import DatabaseError, connection

    if idle > IDLE_SECONDS:
        connection.close()
    try:
        # From the process that started this one, over a pipe that nobody else has.
        task, args, kwargs = pickle.loads(order)  # noqa: S301
        task(*args, **kwargs)
    except DatabaseError as error:
        # It may be away: the next order has a new connection.
        connection.close()
        return _sendable(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the order comes from
        return _sendable(error)
    return pickle.dumps(None)


def _sendable(error: Exception) -> bytes:
    error.add_note("In the publisher:\n" + "".join(traceback.format_exception(error)))
    try:
        data = pickle.dumps(error)
        pickle.loads(data)  # noqa: S301 - written just now
    except Exception:  # noqa: BLE001 - classes with rules of their own, which cannot be sent
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return data


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
