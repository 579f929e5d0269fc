"""A stranger with a file."""

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person
from generation.storage import read_bytes
from provenance.digests import to_hex
from tests.web import samples


def test_a_work_is_known_by_its_file(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    file = SimpleUploadedFile("found.png", read_bytes(work.file), content_type="image/png")
    page = client.post("/verify/", {"file": file})
    text = page.content.decode()
    assert page.context["report"].verdict == "is_work"
    assert f'href="/works/{work.pk}/"' in text
    assert "found.png" in text


def test_each_layer_says_its_state_in_a_word(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    page = client.get("/verify/", {"hash": to_hex(bytes(work.content_hash))})
    text = page.content.decode()
    for layer in page.context["report"].layers:
        assert f'data-state="{layer.state}"' in text
    assert "Holds" in text


def test_a_strangers_hash_cannot_be_told(client: Client, db: None) -> None:
    page = client.get("/verify/", {"hash": "ab" * 32})
    assert page.context["report"].verdict == "unknown"
    assert "Cannot be told" in page.content.decode()


def test_a_form_elsewhere_may_send_a_file_here(ada: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    file = SimpleUploadedFile("found.png", read_bytes(samples.a_work(ada).file))
    assert strict.post("/verify/", {"file": file}).status_code == 200


def test_what_is_no_hash_is_refused_in_place(client: Client, db: None) -> None:
    page = client.get("/verify/", {"hash": "0x123"})
    assert page.status_code == 422
    assert "This is not something that can be looked up." in page.content.decode()


def test_what_is_no_picture_is_refused_in_place(client: Client, db: None) -> None:
    page = client.post("/verify/", {"file": SimpleUploadedFile("notes.txt", b"hello")})
    assert page.status_code == 422
    assert page.context["report"] is None
    assert 'class="wrong"' in page.content.decode() or 'class="notice error"' in page.content.decode()


def test_no_file_and_too_large_a_file_are_refused_in_place(client: Client, db: None, settings: Settings) -> None:
    assert "Choose a picture first." in client.post("/verify/", {}).content.decode()
    settings.VERIFY_UPLOAD_MAX_BYTES = 10
    page = client.post("/verify/", {"file": SimpleUploadedFile("big.png", b"x" * 11)})
    assert page.context["file_form"].errors["file"][0].startswith("This file is larger than the 10")
    assert page.context["report"] is None


def test_checks_of_files_are_limited(client: Client, db: None, settings: Settings) -> None:
    cache.clear()
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "write": (1, 3600)}
    assert [client.post("/verify/", {}).status_code for _ in range(2)] == [422, 429]
    assert client.get("/verify/").status_code == 200
