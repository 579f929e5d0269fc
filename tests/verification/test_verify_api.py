"""The endpoints as a stranger uses them."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import include, path
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from generation.models import StoredFile, Work
from provenance.digests import content_hash, to_hex
from tests.verification.conftest import Made, encoded
from verification.api import FORM_OVERHEAD

urlpatterns = [path("api/v1/", include("verification.api_urls"))]
pytestmark = pytest.mark.urls(__name__)
A_PICTURE = encoded(Image.new("RGB", (3, 2), "teal"), "PNG")


def upload(client: Client, data: bytes) -> Any:  # noqa: ANN401 - Django's test response
    return client.post("/api/v1/verify", {"file": SimpleUploadedFile("x.png", data)})


def test_anybody_can_check_a_file(client: Client, made: Made, work: Work) -> None:
    response = upload(client, made.data)
    assert response.status_code == 200
    answer = response.json()
    assert answer["verdict"] == "is_work"
    assert answer["work_id"] == str(work.pk)
    assert list(answer) == ["verdict", "sentence", "content_hash", "work_id", "token", "layers"]
    assert list(answer["layers"][0]) == ["name", "state", "code", "sentence", "facts"]


@pytest.mark.parametrize("prefix", ["0x", ""])
def test_anybody_can_check_a_hash(prefix: str, client: Client, made: Made, work: Work) -> None:
    answer = client.get(f"/api/v1/verify/{prefix}{content_hash(made.data).hex()}").json()
    assert (answer["verdict"], answer["content_hash"]) == ("is_work", to_hex(content_hash(made.data)))


def test_an_unknown_file_is_an_answer_too(client: Client, db: None) -> None:
    response = upload(client, A_PICTURE)
    assert (response.status_code, response.json()["verdict"]) == (200, "unknown")
    assert StoredFile.objects.count() == 0


@pytest.mark.parametrize("text", ["0x12", "zz" * 32, "0x" + "00" * 33, "%00", "é"])
def test_what_is_no_hash_is_refused(text: str, client: Client, db: None) -> None:
    response = client.get(f"/api/v1/verify/{text}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "content_hash"


def test_a_signed_in_browser_needs_no_token_of_the_form(made: Made, work: Work, db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Person.objects.get(username="ada"))
    assert upload(client, made.data).status_code == 200


def test_a_missing_file_is_named(client: Client, db: None) -> None:
    response = client.post("/api/v1/verify", {"other": "x"})
    assert response.status_code == 422
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("file", "required")]


@pytest.mark.parametrize(("data", "code"), [(b"", "file_empty"), (b"hello", "not_a_picture")])
def test_what_is_no_picture_is_refused(data: bytes, code: str, client: Client, db: None) -> None:
    response = upload(client, data)
    assert (response.status_code, response.json()["code"]) == (422, code)


def test_a_file_over_the_limit_is_refused(client: Client, settings: Settings, db: None) -> None:
    settings.VERIFY_UPLOAD_MAX_BYTES = len(A_PICTURE) - 1
    response = upload(client, A_PICTURE)
    assert (response.status_code, response.json()["code"]) == (413, "file_too_large")


def test_a_body_far_over_the_limit_is_refused_unread(client: Client, settings: Settings, db: None) -> None:
    settings.VERIFY_UPLOAD_MAX_BYTES = 10
    body = io.BytesIO(b"x")
    response = client.generic(
        "POST",
        "/api/v1/verify",
        body.getvalue(),
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(10 + FORM_OVERHEAD + 1),
    )
    assert (response.status_code, response.json()["code"]) == (413, "file_too_large")


def test_json_is_not_a_way_to_send_a_file(client: Client, db: None) -> None:
    assert client.post("/api/v1/verify", "{}", content_type="application/json").status_code == 415
