"""A Colophon of the bench's own: started in a folder that is thrown away, on a free port."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devstack.ports import free_port, wait_until
from devstack.state_folder import read_services

PROMPT = "a teal sun over navy waves"


def own_variables(folder: str, more: Mapping[str, str]) -> dict[str, str]:
    """Environment of a Colophon in this folder."""
    return {**os.environ, **more, "COLOPHON_HOME": f"{folder}/home", "COLOPHON_PORT": str(free_port())}


@contextmanager
def up(variables: Mapping[str, str]) -> Iterator[float]:
    """A running Colophon, and how many seconds it took until `/readyz` said 200."""
    started, home = time.monotonic(), Path(variables["COLOPHON_HOME"])
    log = home.parent / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "devstack", "up"], env=dict(variables), stdout=output, stderr=output
        )
    try:
        wait_until(lambda: _ready(process, int(variables["COLOPHON_PORT"]), log), what="ready", seconds=240)
        yield time.monotonic() - started
    finally:
        process.terminate()
        process.wait()


def _ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    if process.poll() is not None:
        sys.exit(log.read_text())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK and "is ready" in log.read_text()
    except OSError:
        return False
    finally:
        connection.close()


def addresses(home: Path) -> dict[str, str]:
    """What a further process needs to work on a running Colophon's database."""
    services = read_services(home)
    return {
        "DATABASE_URL": services["database"]["address"],
        "REDIS_URL": services["redis"]["address"],
        "DJANGO_SETTINGS_MODULE": "colophon.settings",
    }


def demo(variables: Mapping[str, str]) -> dict[str, Any]:
    """One real token, so that the token page has all that it shows."""
    line = [sys.executable, "-m", "devstack", "demo", "--prompt", PROMPT, "--json"]
    result = subprocess.run(line, env=variables, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(result.stderr)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def run_in_a_stack(module: str) -> None:
    """Run the `main` of a part of the bench, with Django, on a Colophon of its own, which has one real work."""
    with tempfile.TemporaryDirectory(prefix="colophon-bench-") as folder:
        variables = own_variables(folder, {})
        with up(variables):
            demo(variables)
            inside = {**variables, **addresses(Path(variables["COLOPHON_HOME"]))}
            subprocess.run([sys.executable, "-m", "bench.inside", module], check=True, env=inside)
