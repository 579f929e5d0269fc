"""A part dies with its parent, however the parent dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from devstack.ports import wait_until

PARENT = """
import os, subprocess, sys
os.environ["DEVSTACK_PARENT"] = str(os.getpid())
child = subprocess.Popen([sys.executable, "-m", "devstack.run_child", "--signal", "TERM", "--", "sleep", "1000"])
print(child.pid, flush=True)
child.wait()
"""


def test_a_sigkilled_parent_takes_its_child_with_it() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        wait_until(lambda: child.name() == "sleep", what="the child has become its program")
        os.kill(parent.pid, signal.SIGKILL)
        wait_until(lambda: not child.is_running() or child.status() == "zombie", what="the child has ended")


def test_a_child_whose_parent_is_gone_already_does_not_begin(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "devstack.run_child", "--", "touch", str(tmp_path / "began")]
    result = subprocess.run(line, env={**os.environ, "DEVSTACK_PARENT": "1"}, check=False)
    assert result.returncode == 1
    assert not (tmp_path / "began").exists()
