"""Time-stamps from a real `openssl ts` behind a loopback server, and what happens while it is away."""

import io
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from django.conf import settings as configured
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from generation.models import Job, TimeStamp, Work
from generation.publishing import signing, timestamping
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from provenance import credentials, timestamps
from provenance.certificates import load_or_create_anchors, load_or_create_signer
from verification.services import verify_file

pytestmark = pytest.mark.django_db(transaction=True)

CONFIG = """
[tsa]
default_tsa = main
[main]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
"""


class Authority:
    """An RFC 3161 authority on the loopback; `away` makes it refuse, `silent` makes it hang."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.away, self.silent = folder, False, False
        self.release, self.asked = Event(), 0
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authority.asked += 1
                query = self.rfile.read(int(self.headers["Content-Length"]))
                if authority.silent:
                    authority.release.wait(60)
                if authority.away or authority.silent:
                    self.send_error(503)
                    return
                answer = authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", timestamps.MEDIA_TYPE_REPLY)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def reply(self, query: bytes) -> bytes:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            asked, answered = Path(folder) / "query", Path(folder) / "reply"
            asked.write_bytes(query)
            openssl("ts", "-reply", "-config", self.folder / "tsa.cnf", "-queryfile", asked, "-out", answered)
            return answered.read_bytes()

    def stop(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def tsa_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tsa")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", folder / "root.key", "-out", folder / "root.pem", "-days", 30,
            "-subj", "/O=Tests/CN=TSA root")  # fmt: skip
    openssl("req", *key, "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr", "-subj", "/O=Tests/CN=TSA")
    (folder / "usage").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,timeStamping\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )
    openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key",
            "-days", 30, "-extfile", folder / "usage", "-out", folder / "tsa.pem")  # fmt: skip
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    return folder


@pytest.fixture
def authority(tsa_folder: Path, settings: Settings) -> Iterator[Authority]:
    authority = Authority(tsa_folder)
    settings.C2PA_TSA_URL, settings.C2PA_TSA_ROOTS = authority.url, str(tsa_folder / "root.pem")
    settings.C2PA_TSA_SECONDS = 20.0
    yield authority
    authority.stop()
    if signing._waiting is not None:
        signing._waiting.join(60)


def published(job: Job) -> Work:
    run_waiting_jobs(worker="w", stopping=lambda: False)
    job.refresh_from_db()
    assert job.status == "succeeded"
    return job.works.get()


def due_now() -> None:
    TimeStamp.objects.update(next_try_at=timezone.now())


def test_the_stamp_is_in_the_file(job: Job, authority: Authority, tsa_folder: Path) -> None:
    work = published(job)
    assert work.time_stamp.state == "in_file"
    roots = load_or_create_anchors(configured.C2PA_DIR) + (tsa_folder / "root.pem").read_text()
    report = credentials.read(read_bytes(work.file), media_type="image/png", anchors_pem=roots)
    assert (report.state, report.codes) == ("trusted", ())
    assert report.signed_at is not None
    assert timestamping.ask_for_stamps() == 0


def test_a_stamp_is_told_by_whether_its_authority_is_trusted(
    job: Job, authority: Authority, tsa_folder: Path
) -> None:
    data = read_bytes(published(job).file)
    ours, theirs = load_or_create_anchors(configured.C2PA_DIR), (tsa_folder / "root.pem").read_text()
    read = partial(credentials.read, data, media_type="image/png")
    trusted = read(anchors_pem=ours, stamp_anchors_pem=theirs)
    assert (trusted.state, trusted.stamp_trusted) == ("trusted", True)
    unknown = read(anchors_pem=ours)
    assert (unknown.state, unknown.stamp_trusted) == ("trusted", False)
    assert trusted.signed_at == unknown.signed_at is not None


def test_the_roots_of_an_authority_make_nobody_a_signer(authority: Authority, tmp_path: Path) -> None:
    # The library takes roots of authorities for signers' roots, too: whoever has a certificate of theirs could sign.
    theirs = load_or_create_signer(tmp_path / "theirs", timestamp_url=authority.url)
    file = io.BytesIO()
    Image.new("RGB", (32, 32)).save(file, "PNG")
    forged = credentials.embed(
        file.getvalue(), media_type="image/png", recipe={}, attestation_document={}, title="", signer=theirs
    )
    roots = load_or_create_anchors(tmp_path / "theirs")
    ours = load_or_create_anchors(configured.C2PA_DIR)
    report = credentials.read(forged, media_type="image/png", anchors_pem=ours, stamp_anchors_pem=roots)
    assert (report.state, report.codes) == ("valid", ("signingCredential.untrusted",))


def test_verification_tells_the_stamp_in_the_file(job: Job, authority: Authority) -> None:
    layer = next(each for each in verify_file(read_bytes(published(job).file)).layers if each.name == "c2pa")
    assert layer.code == "credentials_trusted"
    assert "A time-stamp authority that is trusted here dates the signature" in layer.sentence
    assert layer.facts["time_stamp_trusted"] is True


def test_verification_tells_the_stamp_beside_the_file(job: Job, authority: Authority) -> None:
    authority.away = True
    work = published(job)
    authority.away = False
    due_now()
    assert timestamping.ask_for_stamps() == 1
    layer = next(each for each in verify_file(read_bytes(work.file)).layers if each.name == "c2pa")
    assert "A time-stamp kept beside the file, by an authority that is trusted here" in layer.sentence
    # A token that does not fit the file any more is not told.
    TimeStamp.objects.update(token=b"no time-stamp")
    layer = next(each for each in verify_file(read_bytes(work.file)).layers if each.name == "c2pa")
    assert "There is no independent time-stamp" in layer.sentence


def test_an_authority_that_is_away_delays_the_stamp_and_loses_nothing(job: Job, authority: Authority) -> None:
    authority.away = True
    work = published(job)
    file = read_bytes(work.file)
    assert work.time_stamp.state == "wanted"

    due_now()
    assert timestamping.ask_for_stamps() == 0
    wish = TimeStamp.objects.get()
    assert (wish.state, wish.attempts) == ("wanted", 1)
    assert "503" in wish.last_error
    assert wish.next_try_at > timezone.now()

    authority.away = False
    assert timestamping.ask_for_stamps() == 0, "not before its time"
    due_now()
    assert timestamping.ask_for_stamps() == 1
    wish.refresh_from_db()
    assert (wish.state, wish.last_error) == ("stamped", "")
    roots = Path(configured.C2PA_TSA_ROOTS).read_text()
    assert timestamps.stamped_time(bytes(wish.token or b""), data=file, roots_pem=roots) == wish.stamped_at
    # The file itself is what it was.
    assert read_bytes(work.file) == file


def test_an_authority_that_hangs_holds_a_picture_up_for_no_longer_than_was_said(
    job: Job, authority: Authority, settings: Settings
) -> None:
    settings.C2PA_TSA_SECONDS = 0.2
    authority.silent = True
    work = published(job)
    assert work.time_stamp.state == "wanted"
    # While that question is open no other picture waits at all.
    asked = authority.asked
    signing.sign_file(
        read_bytes(work.file), media_type="image/png", recipe={}, attestation_document={}, title="another"
    )
    assert authority.asked == asked


def test_a_stamp_of_other_bytes_is_refused(authority: Authority) -> None:
    question = timestamps.ask(b"these bytes")
    token, roots = authority.reply(question.query), (authority.folder / "root.pem").read_text()
    assert timestamps.stamped_time(token, data=b"these bytes", roots_pem=roots, nonce=question.nonce)
    with pytest.raises(timestamps.BadTimeStamp):
        timestamps.stamped_time(token, data=b"other bytes", roots_pem=roots)
    with pytest.raises(timestamps.BadTimeStamp):
        timestamps.stamped_time(token, data=b"these bytes", roots_pem=roots, nonce=question.nonce + 1)


def test_a_stamp_by_a_stranger_is_refused(authority: Authority) -> None:
    question = timestamps.ask(b"these bytes")
    token, stranger = authority.reply(question.query), load_or_create_anchors(configured.C2PA_DIR)
    with pytest.raises(timestamps.BadTimeStamp):
        timestamps.stamped_time(token, data=b"these bytes", roots_pem=stranger)


@pytest.mark.parametrize("token", [b"", b"no DER", bytes(500)])
def test_what_is_no_stamp_is_refused(token: bytes) -> None:
    with pytest.raises(timestamps.BadTimeStamp):
        timestamps.stamped_time(token, data=b"x", roots_pem=load_or_create_anchors(configured.C2PA_DIR))


def test_without_an_authority_nothing_is_asked_for(job: Job) -> None:
    published(job)
    assert not TimeStamp.objects.exists()
