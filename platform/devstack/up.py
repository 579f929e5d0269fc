"""A whole Colophon, started in order, watched, and stopped together."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx

from devstack import anvil, postgres, redis_server, state_folder
from devstack.parts import (
    DATABASE,
    ROOT,
    Addresses,
    Part,
    choose_addresses,
    companions,
    environment,
    processes,
    services,
    shared_variables,
)
from devstack.ports import is_free
from devstack.state_folder import StackError
from devstack.supervision import Supervisor, running

START_SECONDS = 180
"""for one part to answer; the first start on a slow machine loads a model"""
PREPARED = (
    "*/migrations/*.py", "platform/*/migrations/*.py", "static/**/*", "requirements.txt", "package-lock.json",
)  # fmt: skip
"""what `manage.py prepare` makes tables and static files from"""
NO_COLLECTION = "There is no collection yet."
SIGNER = "Signer: "
"""what `manage.py prepare` says when the first one has to be deployed"""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A running Colophon."""

    addresses: Addresses
    supervisor: Supervisor
    parts: Sequence[Part]
    is_first_start: bool


@contextmanager
def running_stack(home: Path) -> Iterator[Stack]:
    """A running, ready Colophon on this state folder; stopped in good order at the end of the block.

    Raises StackError, with the reason and what to do, when it cannot start. Nothing is left running then.
    """
    state_folder.prepare(home)
    with state_folder.lock(home):
        state_folder.wait_for_former_parts(home)
        addresses = choose_addresses(home)
        _check_port(addresses)
        parts = [*services(addresses), *companions(addresses), *processes(addresses)]
        try:
            with running(parts, home=home, environment=environment(addresses)) as supervisor:
                is_first_start = not admin_password_file(home).exists()
                stack = Stack(addresses=addresses, supervisor=supervisor, parts=parts, is_first_start=is_first_start)
                state_folder.write_addresses(home, shared_variables(addresses))
                _start(stack)
                yield stack
        finally:
            state_folder.forget_running(home)


def admin_password_file(home: Path) -> Path:
    """Where the password of the first person, `admin`, is kept."""
    return home / "keys" / "admin_password"


def _check_port(addresses: Addresses) -> None:
    if not is_free(addresses.site_port):
        raise StackError(
            f"Port {addresses.site_port} is in use by another program. Nothing was started. End that program, or "
            f"choose another port: make up COLOPHON_PORT={addresses.site_port + 1}"
        )


def _start(stack: Stack) -> None:
    """In order: the services, the schema and first-start things, the processes, the first collection."""
    addresses, supervisor = stack.addresses, stack.supervisor
    if addresses.database_port:
        _prepare_database(addresses.home / "postgres")
    supervisor.start([part.name for part in services(addresses)])
    record(stack)
    _wait_for_services(addresses, supervisor)
    # Not before: a clock that met somebody else's chain on this port would save that one.
    supervisor.start([part.name for part in companions(addresses)])
    if addresses.database_port:
        postgres.ensure_database(port=addresses.database_port, database=DATABASE)
    prepared = addresses.home / ".prepared"
    sources = fingerprint_of(ROOT)
    is_warm = prepared.exists() and prepared.read_text() == sources
    if is_warm:
        # The tables and static files are there already, so nothing has to wait for `prepare`. (A web that runs while
        # they are collected anew serves the old ones' names and lengths.)
        _start_processes(stack)
    said = _prepare(stack)
    if addresses.chain_port:
        for signer in signers_in(said):
            anvil.fund(addresses.chain_url, signer)
    if not is_warm:
        _start_processes(stack)
    if NO_COLLECTION in said:
        manage(stack, "deploy_default_collection", "--wait")
    wait_for(supervisor, lambda: _is_ready(addresses), what=f"{addresses.web}/readyz answers 200")
    state_folder.write_atomically(prepared, sources.encode())
    record(stack)


def _prepare_database(folder: Path) -> None:
    try:
        postgres.prepare(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.decode() if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise StackError(f"The database folder cannot be used: {said.strip()}. Nothing was changed in it.") from error


def _prepare(stack: Stack) -> list[str]:
    """Run `manage.py prepare`, pass on what it remarks, and return its lines."""
    password = state_folder.secret_file(admin_password_file(stack.addresses.home))
    lines = manage(stack, "prepare", admin_password=password).splitlines()
    for line in lines:
        if line.startswith("Note: "):
            print(line, file=sys.stderr, flush=True)
    return lines


def _start_processes(stack: Stack) -> None:
    stack.supervisor.start([part.name for part in processes(stack.addresses)])
    record(stack)


def fingerprint_of(project: Path) -> str:
    """Changes whenever a migration or a static file does."""
    digest = hashlib.sha256()
    for path in sorted(path for place in PREPARED for path in project.glob(place) if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _wait_for_services(addresses: Addresses, supervisor: Supervisor) -> None:
    _wait_for_service(supervisor, "database", addresses.database_port, lambda port: postgres.answers(port=port))
    _wait_for_service(supervisor, "redis", addresses.redis_port, lambda port: redis_server.answers(port=port))
    _wait_for_service(supervisor, "chain", addresses.chain_port, lambda port: anvil.answers(port=port))


def _wait_for_service(supervisor: Supervisor, name: str, port: int | None, answers: Callable[[int], bool]) -> None:
    if port:
        wait_for(supervisor, lambda: supervisor.listens(name, port) and answers(port), what=f"{name} answers")


def wait_for(supervisor: Supervisor, condition: Callable[[], bool], *, what: str) -> None:
    """Wait until `condition()`. Raises StackError at once when a part gives up, or after `START_SECONDS`."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        supervisor.raise_if_a_part_gave_up()
        if time.monotonic() > deadline:
            raise StackError(f"Gave up waiting until {what}: not so after {START_SECONDS} s. Logs: {supervisor.logs}")
        time.sleep(0.1)


def manage(stack: Stack, *words: str, admin_password: str = "") -> str:
    """Run a management command to its end; what it said. Raises StackError with the end of that when it fails."""
    log = stack.addresses.home / "logs" / f"{words[0]}.log"
    variables = {**environment(stack.addresses), "DJANGO_SUPERUSER_PASSWORD": admin_password}
    line = [sys.executable, str(ROOT / "manage.py"), *words]
    with log.open("wb") as output, subprocess.Popen(line, env=variables, stdout=output, stderr=output) as process:
        try:
            wait_for(stack.supervisor, lambda: process.poll() is not None, what=f"manage.py {words[0]} ends")
        finally:
            process.kill()
    said = log.read_text(errors="replace")
    if process.returncode:
        raise StackError(_why_it_failed(said, command=" ".join(words)))
    return said


def _why_it_failed(said: str, *, command: str) -> str:
    """A command that knows what is wrong ends with `CommandError: ` and sentences; else the end of its output."""
    _, told, sentences = said.rpartition("CommandError: ")
    if told:
        return sentences.strip()
    return f"manage.py {command} failed:\n\n" + "\n".join(said.splitlines()[-25:])


def signers_in(said: list[str]) -> list[str]:
    """Who pays for mints, of what `manage.py prepare` said: a key file of ours, or whatever SIGNERS names."""
    return [line.removeprefix(SIGNER) for line in said if line.startswith(SIGNER)]


def _is_ready(addresses: Addresses) -> bool:
    try:
        return httpx.get(f"{addresses.web}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def record(stack: Stack) -> None:
    """Write `services.json`: where each running part answers, and its pid."""
    addresses, supervisor = stack.addresses, stack.supervisor
    pids = {name: facts["pid"] for name, facts in supervisor.parts().items()}
    given = {"database": addresses.database_url, "redis": addresses.redis_url, "chain": addresses.chain_url}
    found: dict[str, dict[str, str | int | None]] = {
        name: {"address": address, "pid": None} for name, address in given.items()
    }
    for part in stack.parts:
        if pids.get(part.name):
            found[part.name] = {"address": part.address, "pid": pids[part.name]}
    found["supervisor"] = {"address": "", "pid": supervisor.process.pid}
    if found != state_folder.read_services(addresses.home):
        state_folder.write_services(addresses.home, found)


def watch(stack: Stack) -> NoReturn:
    """Keep `services.json` true and report restarts, for ever. Raises StackError when a part gives up for good."""
    supervisor = stack.supervisor
    pids: dict[str, int] = {}
    while True:
        for name, facts in supervisor.parts().items():
            before = pids.get(name)
            if facts["pid"] and before and before != facts["pid"]:
                say(f"{name} had ended and was started again (log: {supervisor.logs / name}.log)")
            if facts["pid"]:
                pids[name] = facts["pid"]
        supervisor.raise_if_a_part_gave_up()
        record(stack)
        time.sleep(0.5)


def say(line: str) -> None:
    """One line for the person at the terminal."""
    print(line, flush=True)
