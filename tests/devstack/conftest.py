"""Running copies of Colophon for the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.ports import free_port, wait_until
from tests.devstack.running import Up, run_up


@pytest.fixture
def start() -> Iterator[Callable[[Path], Up]]:
    """Start a Colophon on a folder and wait until it is ready; everything is stopped after the test."""
    started: list[Up] = []

    def _start(home: Path) -> Up:
        up = run_up(home, port=free_port())
        started.append(up)
        wait_until(up.is_ready, what="ready", seconds=200)
        return up

    yield _start
    for up in started:
        if up.process.poll() is None:
            up.end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One running Colophon for the tests that leave it running."""
    up = run_up(tmp_path_factory.mktemp("shared") / "home", port=free_port())
    try:
        wait_until(up.is_ready, what="ready", seconds=200)
        yield up
    finally:
        up.end()
