"""A whole Colophon, started the way `make up` starts it, and watched from outside."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from devstack.state_folder import read_services

ROOT = Path(__file__).resolve().parents[2]
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CHAINS", "SITE_URL", "ALLOWED_HOSTS", "MAKELEVEL", "PUBLISHER")


@dataclass
class Up:
    """A `python -m devstack up` and what it says."""

    process: "subprocess.Popen[str]"
    home: Path
    port: int
    log: Path

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text()

    def services(self) -> dict[str, dict[str, Any]]:
        return read_services(self.home)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "Colophon is ready" in self.said()

    def answers_ready(self) -> bool:
        try:
            return httpx.get(f"{self.site}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def tree(self) -> list[psutil.Process]:
        return [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; psutil tells a reused pid from the old process."""
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def environment(home: Path, *, port: int) -> dict[str, str]:
    """This process's own variables, without those that point at the tests' services."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    source = f"{ROOT / 'platform'}:{ROOT}"
    # MAKELEVEL: as under make, it ends when its parent does, also when a test run is killed.
    return {
        **kept, "COLOPHON_HOME": str(home), "COLOPHON_PORT": str(port), "PYTHONPATH": source, "MAKELEVEL": "1",
    }  # fmt: skip


def run_up(home: Path, *, port: int, **variables: str) -> Up:
    """Start, and return at once."""
    log = home.parent / f"{home.name}-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "devstack", "up"],
            env={**environment(home, port=port), **variables},
            stdout=output,
            stderr=output,
            text=True,
        )
    return Up(process=process, home=home, port=port, log=log)
