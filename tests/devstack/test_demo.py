"""`make demo`: from a prompt to a token, and the check that needs none of the platform's code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from devstack.independent_check import check
from devstack.ports import free_port
from tests.devstack.running import Up, environment

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]


def _demo(home: Path, *, port: int, prompt: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "devstack", "demo", "--json", "--prompt", prompt]
    return subprocess.run(line, env=environment(home, port=port), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def result(shared: Up) -> dict[str, Any]:
    """What one demo on the running Colophon printed."""
    answer = _demo(shared.home, port=shared.port, prompt="a teal sun over navy waves")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _check_again(result: dict[str, Any], shared: Up, data: bytes) -> dict[str, bool]:
    verdict = check(
        data, contract=result["contract"], rpc_url=shared.services()["chain"]["address"], gateway=shared.site
    )
    return {finding.name: finding.holds for finding in verdict.findings}


def test_a_prompt_becomes_a_token_whose_note_holds(shared: Up, result: dict[str, Any]) -> None:
    assert result["verdict"]["holds"]
    assert int(result["token_id"]) == int(result["content_hash"], 16)
    names = {"content hash", "ownerOf", "metadata", "pixels", "recipe", "attestation", "attester"}
    assert set(_check_again(result, shared, Path(result["file"]).read_bytes())) == names


def test_a_changed_byte_finds_no_token(shared: Up, result: dict[str, Any]) -> None:
    data = Path(result["file"]).read_bytes() + b"\0"
    assert _check_again(result, shared, data) == {"content hash": True, "could not be told": False}


def test_an_empty_prompt_is_refused_before_anything_starts(tmp_path: Path) -> None:
    answer = _demo(tmp_path / "home", port=free_port(), prompt="  ")
    assert answer.returncode == 1
    assert "There is no prompt." in answer.stderr
    assert not (tmp_path / "home").exists()


def test_what_the_demo_started_it_also_stops(home: Path) -> None:
    answer = _demo(home, port=free_port(), prompt="three moons")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["verdict"]["holds"]
    assert not any(str(home) in " ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"]))
