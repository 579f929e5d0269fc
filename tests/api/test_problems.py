"""Every error under /api/ is an RFC 9457 problem."""

import json
from collections.abc import Callable
from unittest import mock

import pytest
from django.db import OperationalError
from django.http import HttpResponseBase
from django.test import Client, override_settings
from pytest_django import Settings

from accounts.models import Person

KEYS = "/api/v1/keys"


def assert_problem(response: HttpResponseBase, *, status: int, code: str) -> dict[str, object]:
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, object] = json.loads(response.content)  # type: ignore[attr-defined] # the API's answers are not streams
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert set(body) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert body["type"] == f"urn:colophon:problem:{code}"
    assert body["request_id"] == response["X-Request-Id"]
    return body


def post(client: Client, body: bytes | str, content_type: str = "application/json") -> HttpResponseBase:
    return client.post("/api/v1/sign-in/wallet", body, content_type=content_type)


@pytest.mark.django_db
def test_an_address_that_leads_nowhere(client: Client) -> None:
    for address in ["/api/v1/nothing", "/api/v1/jobs/not-a-uuid", "/api/v1/jobs/", "/api/v2/jobs", "/api/"]:
        assert_problem(client.get(address), status=404, code="not_found")
        assert_problem(Client(enforce_csrf_checks=True).post(address), status=404, code="not_found")


@pytest.mark.django_db
def test_a_forgotten_slash_leads_to_the_docs(client: Client, settings: Settings) -> None:
    # Django draws the 404 page before it redirects; without `collectstatic` that needs unhashed names.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    assert client.get("/api/docs")["Location"] == "/api/docs/"


@pytest.mark.django_db
def test_a_method_that_is_not_there(client: Client) -> None:
    response = client.put("/api/v1/sign-in/wallet")
    assert_problem(response, status=405, code="method_not_allowed")
    assert "POST" in response["Allow"]


@pytest.mark.django_db
def test_nobody_is_asked_who_she_is(client: Client) -> None:
    response = client.get("/api/v1/me")
    assert_problem(response, status=401, code="not_authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="colophon"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"message": "\\ud800"}',
        b'{"\\udfff": 1}',
        b"[" * 100_000,
        b'{"message": "a", "message": "b"}',
    ],
    ids=["half", "words", "not utf-8", "NaN", "surrogate", "surrogate name", "deep", "repeated name"],
)
def test_a_body_that_is_not_json(client: Client, body: bytes) -> None:
    assert_problem(post(client, body), status=400, code="malformed_json")


@pytest.mark.django_db
def test_a_body_nested_too_deeply(client: Client) -> None:
    body = '{"message": ' + "[" * 30 + "]" * 30 + "}"
    problem = assert_problem(post(client, body), status=400, code="malformed_json")
    assert "20 levels" in str(problem["detail"])


@pytest.mark.django_db
def test_a_body_too_large(client: Client) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        assert_problem(post(client, json.dumps({"message": "a" * 100})), status=413, code="body_too_large")


@pytest.mark.django_db
def test_a_media_type_not_understood(client: Client) -> None:
    assert_problem(post(client, "a=1", "text/plain"), status=415, code="unsupported_media_type")


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null"])
def test_a_body_that_is_no_object(client: Client, body: str) -> None:
    assert_problem(post(client, body), status=422, code="invalid_input")


@pytest.mark.django_db
def test_every_field_at_fault_is_named(client: Client) -> None:
    problem = assert_problem(post(client, '{"signature": 7.5}'), status=422, code="invalid_input")
    assert problem["errors"] == [
        {"field": "message", "code": "required", "detail": "This field is required."},
    ]


@pytest.mark.django_db
def test_a_field_nobody_knows_is_named(client: Client) -> None:
    problem = assert_problem(post(client, '{"mesage": "x"}'), status=422, code="invalid_input")
    assert [error["field"] for error in problem["errors"]] == ["mesage"]  # type: ignore[attr-defined] # a JSON list


def test_a_browser_without_its_csrf_token(browser: Client) -> None:
    response = browser.post(KEYS, {"scopes": ["read"]}, content_type="application/json")
    assert_problem(response, status=403, code="csrf_failed")


@pytest.mark.django_db
def test_an_unforeseen_error_is_a_problem_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(raise_request_exception=False)
    with mock.patch("accounts.api.services.issue_challenge", side_effect=RuntimeError("a secret")):
        response = client.get("/api/v1/sign-in/challenge")
    assert_problem(response, status=500, code="internal_error")
    assert b"a secret" not in response.content
    assert "a secret" in caplog.text


@pytest.mark.django_db
def test_a_database_that_does_not_answer(client: Client) -> None:
    with mock.patch("accounts.api.services.issue_challenge", side_effect=OperationalError("gone")):
        assert_problem(client.get("/api/v1/sign-in/challenge"), status=503, code="database_unavailable")


def test_a_request_id_is_echoed_if_it_is_harmless(ada: Person, client_with: Callable[..., Client]) -> None:
    client = client_with(ada)
    assert client.get("/api/v1/me", headers={"X-Request-Id": "trace-7"})["X-Request-Id"] == "trace-7"
    for harmful in ["a b", "a" * 200, "<script>"]:
        assert client.get("/api/v1/me", headers={"X-Request-Id": harmful})["X-Request-Id"] != harmful
