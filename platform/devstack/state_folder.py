"""The state folder, `COLOPHON_HOME`: its version, its lock, and the list of what runs on it."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

STATE_VERSION = 1
"""grows when the folder's layout changes so that older code could not read it"""


class StackError(Exception):
    """The stack cannot do what was asked; the message says why, and what to do."""


def prepare(home: Path) -> None:
    """Make the folder, or check that this version can use it. Raises StackError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        _check_version(home)
        for name in ("postgres", "redis", "chain", "media", "static", "logs"):
            (home / name).mkdir(exist_ok=True)
        keys = home / "keys"
        keys.mkdir(exist_ok=True, mode=0o700)
        keys.chmod(0o700)
    except OSError as error:
        raise StackError(
            f"The state folder {home} cannot be written: {error.strerror}. Nothing was started."
        ) from error


def _check_version(home: Path) -> None:
    version = read_version(home)
    if version is None:
        # A folder of something else must never be taken for an empty one.
        foreign = sorted(entry.name for entry in home.iterdir() if entry.name not in {"lock", "keys", "version"})
        if foreign:
            raise StackError(
                f"{home} holds {', '.join(foreign[:3])} but no version file, so it is not a state folder of "
                "Colophon. Nothing was changed. Choose another with COLOPHON_HOME."
            )
        write_atomically(home / "version", f"{STATE_VERSION}\n".encode())
    elif version != str(STATE_VERSION):
        raise StackError(
            f"The state folder {home} is of version {version}; this code reads version {STATE_VERSION}. Nothing "
            "was changed. Run the code it belongs to, or choose another folder with COLOPHON_HOME."
        )


def read_version(home: Path) -> str | None:
    """What the folder's version file says, or None when it has none."""
    path = home / "version"
    return path.read_text().strip() if path.exists() else None


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace a file so that a crash leaves either the old or the new one, never a torn one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def secret_file(path: Path) -> str:
    """The text secret in `path`, made on first use, mode 0600."""
    if not path.exists():
        write_atomically(path, f"{secrets.token_urlsafe(15)}\n".encode(), mode=0o600)
    return path.read_text().strip()


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Hold the folder for as long as the block runs. Raises StackError when another stack holds it."""
    with (home / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(_where_it_runs(home)) from error
        yield


def is_locked(home: Path) -> bool:
    """Whether a stack runs, or is starting or stopping, on this folder."""
    try:
        with (home / "lock").open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _where_it_runs(home: Path) -> str:
    web = read_services(home).get("web", {})
    where = f"at {web['address']} (pid {web['pid']})" if web else "and is still starting"
    return (
        f"Colophon already runs on {home}, {where}. Use that one, or start a second copy with another COLOPHON_HOME "
        "and COLOPHON_PORT."
    )


def read_services(home: Path) -> dict[str, dict[str, Any]]:
    """`services.json`: name → {address, pid} of every running part; empty when nothing was ever started."""
    try:
        services: dict[str, dict[str, Any]] = json.loads((home / "services.json").read_text())
    except FileNotFoundError:
        return {}
    return services


def write_services(home: Path, services: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace `services.json`."""
    write_atomically(home / "services.json", (json.dumps(services, indent=2) + "\n").encode())


def write_addresses(home: Path, variables: Mapping[str, str]) -> None:
    """Write `running.env`, so that `manage.py`, typed by hand, meets the database and the chain that run here."""
    lines = [f"{name}='{value}'\n" for name, value in variables.items()]
    write_atomically(home / "running.env", "".join(lines).encode(), mode=0o600)


def forget_running(home: Path) -> None:
    """Nothing runs any more: remove the lists that say where."""
    for name in ("services.json", "running.env"):
        (home / name).unlink(missing_ok=True)


def wait_for_former_parts(home: Path, *, seconds: float = 20) -> None:
    """Wait until what the last stack ran has ended: after a crash, its database may still be shutting down.

    Raises StackError when something does not end.
    """
    deadline = time.monotonic() + seconds
    while remaining := _alive(home):
        if time.monotonic() > deadline:
            names = ", ".join(f"{name} (pid {pid})" for name, pid in remaining.items())
            raise StackError(
                f"Left from the last start and still running on {home}: {names}. End it, then try again."
            )
        time.sleep(0.05)


def _alive(home: Path) -> dict[str, int]:
    """The recorded parts that still run. A pid given to another process since then does not count."""
    services = read_services(home)
    if not services:
        return {}
    written = (home / "services.json").stat().st_mtime
    return {
        name: part["pid"] for name, part in services.items() if part.get("pid") and _is_older(part["pid"], written)
    }


def _is_older(pid: int, moment: float) -> bool:
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= moment + 1)
    except psutil.NoSuchProcess:
        return False
