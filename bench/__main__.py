"""`make bench`: gas, queue, engine, re-runs, marks, look-alikes, starting, minting, pages with 10,000 works, memory.

`FIRST_TOKEN=1` adds clone to first token; `MINTS` says how many are minted (1,000).
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench import gas, throughput
from bench.machine import describe
from bench.running import PROMPT, addresses, demo, own_variables, up
from devstack.parts import ROOT
from devstack.ports import free_port
from devstack.state_folder import read_services

WORKS = 10_000
REQUESTS = 200


def main() -> None:
    """Print each figure as soon as it is there."""
    print(f"machine        {describe()}", flush=True)
    gas.main()
    # In processes of their own: they set up Django on databases of their own.
    sys.stdout.flush()
    for part in ("queue", "engine", "rerun"):
        subprocess.run([sys.executable, "-m", f"bench.{part}"], check=True)
    if os.environ.get("FIRST_TOKEN"):
        print(f"first token    {_clone_to_first_token():.0f} s from git clone, install included (at most 360)")
    with tempfile.TemporaryDirectory(prefix="colophon-bench-") as folder:
        variables = own_variables(folder, throughput.VARIABLES)
        home = Path(variables["COLOPHON_HOME"])
        with up(variables) as cold:
            token = demo(variables)
            inside = {**variables, **addresses(home)}
            throughput.measure(home, inside)
            subprocess.run(
                [sys.executable, "-m", "bench.inside", "bench.seed", str(WORKS)],
                check=True,
                stdout=subprocess.DEVNULL,
                env=inside,
            )
            subprocess.run([sys.executable, "-m", "bench.inside", "bench.provenance_figures"], check=True, env=inside)
        print(f"cold start     {cold:.1f} s with everything installed, an empty state folder")
        warm = []
        for _ in range(3):
            with up(variables) as seconds:
                warm.append(seconds)
                if len(warm) == 3:
                    _measure_pages(home, token)
        print(f"warm start     {statistics.median(warm):.1f} s to /readyz 200, median of 3 (at most 15)")


def _measure_pages(home: Path, token: dict[str, Any]) -> None:
    web = read_services(home)["web"]
    pages = {
        "gallery": "/",
        "work": f"/works/{token['work']}/",
        "token": f"/tokens/31337/{token['contract']}/{token['token_id']}/",
    }
    for name, path in pages.items():
        times = sorted(_times(web["address"], path))
        middle, slow = statistics.median(times), times[int(len(times) * 0.95)]
        print(f"{name:14} p50 {middle:.1f} ms, p95 {slow:.1f} ms with {WORKS:,} works (p50 at most 30)")
    print(f"web process    {psutil.Process(web['pid']).memory_info().rss / 2**20:.0f} MB after these (at most 200)")


def _times(site: str, path: str) -> list[float]:
    """Milliseconds of each request over one kept connection: what the server takes, and the loopback."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != http.HTTPStatus.OK:
            sys.exit(f"{path} answered {answer.status}")
    return times[10:]


def _clone_to_first_token() -> float:
    """Seconds from `git clone` of the last commit to a checked token, with nothing but this Python, make and git."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="colophon-clone-") as folder:
        subprocess.run(["git", "clone", "--quiet", str(ROOT), f"{folder}/clone"], check=True)  # noqa: S607 - git is where PATH says
        kept = {name: value for name, value in os.environ.items() if name not in {"COLOPHON_HOME", "PYTHONPATH"}}
        variables = {**kept, "COLOPHON_PORT": str(free_port())}
        line = ["make", "demo", f"PROMPT={PROMPT}", f"PYTHON={Path(sys.base_prefix) / 'bin' / 'python3.11'}"]
        subprocess.run(line, cwd=f"{folder}/clone", env=variables, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - started


if __name__ == "__main__":
    main()
