"""Real services for every test: PostgreSQL, Redis and anvil, started once per run, on free ports.

Postgres and Redis start at import, because Django's settings read their addresses. Set DATABASE_URL, REDIS_URL or
TEST_CHAIN_RPC to use running ones.
"""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).resolve().parents[1]
GIVEN = dict(os.environ)
HOME = Path(tempfile.mkdtemp(prefix="colophon-tests-"))
os.environ["COLOPHON_HOME"] = str(HOME)
(HOME / "static").mkdir()

from devstack import anvil, postgres, redis_server  # noqa: E402 - after COLOPHON_HOME is set
from devstack.ports import free_port, wait_until  # noqa: E402


def _start(name: str, command: Sequence[str], ready: Callable[[], bool], user: str | None = None) -> None:
    """Run a service until the test run ends; its output is in the test run's own state folder."""
    with (HOME / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, user=user)
    atexit.register(_stop, process)
    wait_until(ready, what=f"{name} answers (log: {HOME / name}.log)")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


atexit.register(shutil.rmtree, HOME, ignore_errors=True)

if "DATABASE_URL" not in os.environ:
    database_folder, database_port = HOME / "postgres", free_port()
    postgres.prepare(database_folder)
    _start(
        "postgres",
        postgres.command(database_folder, port=database_port, durable=False),
        lambda: postgres.answers(port=database_port),
        user=postgres.runs_as(),
    )
    os.environ["DATABASE_URL"] = postgres.url(port=database_port, database="colophon")

if "REDIS_URL" not in os.environ:
    redis_port = free_port()
    _start("redis", redis_server.command(HOME, port=redis_port), lambda: redis_server.answers(port=redis_port))
    os.environ["REDIS_URL"] = redis_server.url(port=redis_port)

# anvil starts at once (0.1 s); tests that must not share it start their own.
if "TEST_CHAIN_RPC" not in os.environ:
    chain_port = free_port()
    _start("anvil", anvil.command(ROOT, port=chain_port), lambda: anvil.answers(port=chain_port))
    os.environ["TEST_CHAIN_RPC"] = anvil.url(port=chain_port)

os.environ["CHAINS"] = json.dumps(
    [
        {
            "chain_id": anvil.CHAIN_ID,
            "name": "Test chain",
            "rpc_urls": [os.environ["TEST_CHAIN_RPC"]],
            "confirmations": 2,
        }
    ]
)
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
# Tiny pictures on a busy machine: waiting for a second thread takes longer than its work.
os.environ.setdefault("TORCH_THREADS", "1")
# Tests change settings and storages within this process; what publishes in a process of its own has tests of its own.
os.environ.setdefault("PUBLISHER", "thread")

# Named here and not in pyproject.toml: pytest-django would read the settings before this file has set the addresses.
os.environ["DJANGO_SETTINGS_MODULE"] = "colophon.settings"
django.setup()


@pytest.fixture
def fresh_chain() -> Iterator[str]:
    """RPC address of an anvil of this test's own."""
    port = free_port()
    with (HOME / f"anvil-{port}.log").open("wb") as log:
        process = subprocess.Popen(anvil.command(ROOT, port=port), stdout=log, stderr=log)
    try:
        wait_until(lambda: anvil.answers(port=port), what="anvil answers")
        yield anvil.url(port=port)
    finally:
        _stop(process)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each test process (pytest-xdist) start services of its own, not inherit the addresses of those here.

    Tests restart the database, empty Redis and turn back the chain.
    """
    for name in set(os.environ) - set(GIVEN):
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each process (`--dist loadgroup`) whole files, in the order that pytest-django has put the tests in.

    Those that empty the database come last there, since what the migrations wrote is gone after them; so a file with
    both kinds is two groups.
    """
    group, last = 0, None
    for item in items:
        group, last = group + (item.path != last), item.path
        item.add_marker(pytest.mark.xdist_group(str(group)))
