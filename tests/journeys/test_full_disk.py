"""A disk without room for files: said in words, nothing half done, and all goes on once there is room."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from eth_account import Account

from tests.devstack.running import Up
from tests.journeys.program import Watched, new_key

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]


@contextmanager
def small_disk(place: Path, *, kibibytes: int) -> Iterator[None]:
    """A real file system of this size over `place`; what was there is back at the end."""
    line = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(line, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this machine does not let us mount a file system")
    try:
        yield
    finally:
        # Lazily: the web process may have a picture open.
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_said_and_nothing_is_half_done(stack: Up) -> None:
    key = new_key(stack, user="full-disk")
    body = {"prompt": "a teal sun over navy waves", "count": 8, "steps": 1}
    with small_disk(stack.home / "media", kibibytes=100):
        job = Watched(stack, key, "jobs", body)
        job.wait(lambda now: now["status"] not in {"queued", "running"}, what="the job has ended")
        assert (job.now["status"], job.now["error"]["code"]) == ("failed", "storage_full")
        assert "There is no room left" in job.now["error"]["detail"]
        works = job.now["works"]
        assert 0 < len(works) < 8
        assert all(httpx.get(work["urls"]["file"]).status_code == httpx.codes.OK for work in works)
        assert list((stack.home / "media").rglob(".writing-*")) == []

    again = Watched(stack, key, "jobs", body)
    again.end("succeeded")
    assert len(again.now["works"]) == 8
    mint = {"work": again.now["works"][0]["id"], "to": Account.create().address}
    headers = {"Authorization": f"Bearer {key}"}
    with small_disk(stack.home / "media", kibibytes=4):
        (stack.home / "media" / "filler").write_bytes(bytes(4096))
        answer = httpx.post(f"{stack.site}/api/v1/mints", json=mint, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
        listed = httpx.get(f"{stack.site}/api/v1/mints", headers=headers, timeout=30)
        assert listed.json()["results"] == []
    Watched(stack, key, "mints", mint).end("final")
