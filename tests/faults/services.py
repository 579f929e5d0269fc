"""Restarting the test run's own PostgreSQL, for real."""

import atexit
import os
import signal
import subprocess

from django.conf import settings
from django.db import connection

from devstack import postgres
from devstack.ports import wait_until


def restart_postgres() -> None:
    """A fast shutdown, which ends every session, and a new server on the same folder and port."""
    folder, port = settings.COLOPHON_HOME / "postgres", int(settings.DATABASES["default"]["PORT"])
    pid_file = folder / "postmaster.pid"
    assert pid_file.exists(), "the fault matrix restarts the embedded PostgreSQL: run it without DATABASE_URL"
    connection.close()
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
    wait_until(lambda: not pid_file.exists(), what="PostgreSQL has stopped")
    with (settings.COLOPHON_HOME / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            postgres.command(folder, port=port, durable=False), stdout=log, stderr=log, user=postgres.runs_as()
        )
    atexit.register(server.wait)
    atexit.register(server.kill)
    wait_until(lambda: postgres.answers(port=port), what="PostgreSQL answers")
