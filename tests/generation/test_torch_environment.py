"""What torch's libraries read when they are loaded is set before: later it has no effect."""

import subprocess
import sys

import pytest

WATCH = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("GOMP_SPINCOUNT"), os.environ.get("CUBLAS_WORKSPACE_CONFIG"))
            sys.exit()

sys.meta_path.insert(0, Watch())
import django
django.setup()
import {module}
"""


@pytest.mark.parametrize("module", ["generation.engine.painter", "generation.engine.batch"])
def test_it_is_there_whichever_module_a_worker_imports_first(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    line = [sys.executable, "-c", WATCH.format(module=module)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.stdout == "3000 :4096:8\n", done.stderr
