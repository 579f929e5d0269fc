"""One whole Colophon, started as `make up` starts it, for journeys through its doors."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.ports import free_port, wait_until
from tests.devstack.running import ROOT, Up, run_up

# The shipped model with a quarter of its steps: journeys wait for pictures, and look at none.
QUICK_MODEL = {"source": str(ROOT / "generation" / "starter" / "model"), "slug": "starter", "default_steps": 4}


@pytest.fixture(scope="session")
def stack() -> Iterator[Up]:
    """A running Colophon, shared by all journeys: each makes people of its own."""
    # Not below pytest's own folder, which PostgreSQL's system user may not enter.
    with tempfile.TemporaryDirectory(prefix="colophon-home-") as folder:
        up = run_up(Path(folder) / "home", port=free_port(), GENERATION_MODELS=json.dumps([QUICK_MODEL]))
        try:
            wait_until(up.is_ready, what=f"ready; it said: {up.said()}", seconds=240)
            yield up
        finally:
            up.end()
