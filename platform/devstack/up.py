"""A whole Colophon, started in order, watched, and stopped together."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
from eth_account import Account

from devstack import anvil, postgres, redis_server, state_folder
from devstack.parts import DATABASE, ROOT, Addresses, Part, choose_addresses, environment, processes, services
from devstack.ports import is_free
from devstack.state_folder import StackError
from devstack.supervision import Supervisor, running

START_SECONDS = 180
"""for one part to answer; the first start on a slow machine loads a model"""


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
        parts = [*services(addresses), *processes(addresses)]
        try:
            with running(parts, home=home, environment=environment(addresses)) as supervisor:
                is_first_start = not admin_password_file(home).exists()
                stack = Stack(addresses=addresses, supervisor=supervisor, parts=parts, is_first_start=is_first_start)
                _start(stack)
                yield stack
        finally:
            (home / "services.json").unlink(missing_ok=True)


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
        postgres.prepare(addresses.home / "postgres")
    supervisor.start([part.name for part in services(addresses)])
    record(stack)
    _wait_for_services(addresses, supervisor)
    if addresses.database_port:
        postgres.ensure_database(port=addresses.database_port, database=DATABASE)
    password = state_folder.secret_file(admin_password_file(addresses.home))
    for line in manage(stack, "prepare", admin_password=password).splitlines():
        if line.startswith("Note: "):
            say(line)
    if addresses.chain_port:
        anvil.fund(addresses.chain_url, _signer(addresses))
    supervisor.start([part.name for part in processes(addresses)])
    record(stack)
    manage(stack, "deploy_default_collection", "--wait")
    wait_for(supervisor, lambda: _is_ready(addresses), what=f"{addresses.web}/readyz answers 200")
    record(stack)


def _wait_for_services(addresses: Addresses, supervisor: Supervisor) -> None:
    if port := addresses.database_port:
        wait_for(supervisor, lambda: postgres.answers(port=port), what="the database answers")
    if redis_port := addresses.redis_port:
        wait_for(supervisor, lambda: redis_server.answers(port=redis_port), what="Redis answers")
    if chain_port := addresses.chain_port:
        wait_for(supervisor, lambda: anvil.answers(port=chain_port), what="the chain answers")


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
        end = "\n".join(said.splitlines()[-25:])
        raise StackError(f"manage.py {' '.join(words)} failed:\n\n{end}")
    return said


def _signer(addresses: Addresses) -> str:
    path = Path(os.environ.get("SIGNER_KEY_FILE", addresses.home / "keys" / "signer.key"))
    return str(Account.from_key(path.read_text().strip()).address)


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
