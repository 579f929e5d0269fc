"""Running copies of Colophon for the tests."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.ports import free_port, wait_until
from tests.devstack.running import Up, run_up


@pytest.fixture
def start(home: Path) -> Iterator[Callable[[Path], Up]]:
    """Start a Colophon on a folder and wait until it is ready; everything is stopped after the test."""
    started: list[Up] = []

    def _start(folder: Path) -> Up:
        up = run_up(folder, port=free_port())
        started.append(up)
        wait_until(up.is_ready, what="ready", seconds=200)
        return up

    yield _start
    for up in started:
        if up.process.poll() is None:
            up.end()


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty state folder. Not below pytest's own folder, which PostgreSQL's system user may not enter."""
    with tempfile.TemporaryDirectory(prefix="colophon-home-") as folder:
        yield Path(folder) / "home"


@pytest.fixture(scope="session")
def shared() -> Iterator[Up]:
    """One running Colophon for the tests that leave it running."""
    folder = tempfile.TemporaryDirectory(prefix="colophon-home-")
    up = run_up(Path(folder.name) / "home", port=free_port())
    try:
        wait_until(up.is_ready, what="ready", seconds=200)
        yield up
    finally:
        up.end()
        folder.cleanup()
