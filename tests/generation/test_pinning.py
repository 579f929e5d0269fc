"""Files on a real Kubo node: pinned, refused when it says otherwise, tried again when it is away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Person
from curation.services import Decision, review_work
from generation.ipfs import kubo, pinning
from generation.models import Pin, StoredFile
from generation.storage import store_bytes
from tests.web import samples

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real node with no peers."""
    folder = tmp_path_factory.mktemp("kubo")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.generation.kubo_node", str(folder / "repository")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("wb"),
        text=True,
    )
    try:
        assert process.stdout is not None
        yield next(line.strip() for line in process.stdout if line.startswith("http"))
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def ipfs(node: str, settings: Settings) -> str:
    settings.IPFS_API = node
    return node


def wanted(data: bytes) -> Pin:
    stored = store_bytes(data=data, media_type="application/json")
    pinning.want(stored)
    return Pin.objects.get(file=stored)


@pytest.mark.parametrize("size", [0, 1000, 262_144, 262_145, 1_000_000])
def test_a_real_node_gives_the_cid_that_we_computed(ipfs: str, size: int) -> None:
    pin = wanted(bytes(i * 7 & 255 for i in range(size)))
    assert not kubo.is_pinned(pin.file.cid)
    assert pinning.pin_waiting_files() == 1
    pin.refresh_from_db()
    assert (pin.state, pin.last_error) == ("pinned", "")
    assert pin.pinned_at is not None
    assert kubo.is_pinned(pin.file.cid)
    assert pinning.pin_waiting_files() == 0


def test_a_node_that_says_another_cid_is_refused_and_reported(ipfs: str) -> None:
    pin = wanted(b"true bytes")
    StoredFile.objects.filter(pk=pin.file_id).update(cid="bafkreianother")
    assert pinning.pin_waiting_files() == 0
    pin.refresh_from_db()
    assert pin.state == "failed"
    assert "where the bytes have bafkreianother" in pin.last_error
    # Only a look helps: it is not tried again by itself.
    Pin.objects.update(next_try_at=timezone.now())
    assert pinning.pin_waiting_files() == 0


def test_a_node_that_is_away_is_tried_again(ipfs: str, settings: Settings) -> None:
    pin = wanted(b"later")
    settings.IPFS_API = "http://127.0.0.1:1"
    assert pinning.pin_waiting_files() == 0
    pin.refresh_from_db()
    assert (pin.state, pin.attempts) == ("wanted", 1)
    assert pin.next_try_at > timezone.now()
    assert "does not answer" in pin.last_error
    settings.IPFS_API = ipfs
    pinning.pin_again(pin=pin)
    assert pinning.pin_waiting_files() == 1


def test_a_node_that_talks_nonsense_is_tried_again(settings: Settings) -> None:
    with answering(b"<html>hello</html>") as address:
        settings.IPFS_API = address
        pin = wanted(b"nonsense")
        assert pinning.pin_waiting_files() == 0
    pin.refresh_from_db()
    assert (pin.state, pin.attempts) == ("wanted", 1)
    assert "cannot be read" in pin.last_error


def test_without_a_node_the_wish_stands(settings: Settings) -> None:
    pin = wanted(b"some day")
    assert pinning.pin_waiting_files() == 0
    pin.refresh_from_db()
    assert (pin.state, pin.attempts) == ("wanted", 0)


def test_what_curators_approve_is_wanted_and_nothing_before(alice: Person) -> None:
    work = samples.a_work(alice)
    assert not Pin.objects.exists()
    curator = Person.objects.create_superuser(username="curator", password="a long enough password")
    review_work(work=work, curator=curator, decision=Decision.APPROVE, reason="good")
    assert set(Pin.objects.values_list("file", flat=True)) == {work.file_id, work.recipe_file_id}


def test_the_command_catches_up_and_finds_what_the_node_lost(
    alice: Person, ipfs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    minted, _ = samples.a_work(alice, number=1), samples.a_work(alice, number=2)
    mint = samples.a_mint(minted)
    call_command("pin_files")
    kept = {minted.file_id, minted.recipe_file_id, mint.metadata_file_id}
    assert set(Pin.objects.filter(state="pinned").values_list("file", flat=True)) == kept
    # A row that says so although the node knows nothing of it:
    lost = wanted(b"lost by the node")
    Pin.objects.filter(pk=lost.pk).update(state="pinned")
    call_command("pin_files", "--check")
    assert "1 pinned files are no longer on the node." in capsys.readouterr().out
    assert kubo.is_pinned(lost.file.cid)


def test_the_command_needs_a_node() -> None:
    with pytest.raises(CommandError, match="IPFS_API"):
        call_command("pin_files")


def answering(body: bytes) -> "_Answering":
    return _Answering(body)


class _Answering:
    """A server that says the same to everything."""

    def __init__(self, body: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
