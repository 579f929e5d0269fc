"""The stage of minting for the fault matrix, and its table at the end of the run."""

import pytest

from bench.machine import describe
from tests.faults import table
from tests.minting.stage import (  # noqa: F401 - fixtures are found by being here
    make_work,
    own_state_folder,
    owner,
    person,
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the cells that ran."""
    if table.results:
        terminalreporter.section("fault matrix")
        terminalreporter.write_line(describe())
        for line in table.lines():
            terminalreporter.write_line(line)
