"""Signing up, in and out; one's own page."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person
from api.models import ApiKey
from tests.web.conftest import PASSWORD

WRONG = "not this one"
NEW = {"username": "cleo", "password": "a long enough one"}


@pytest.fixture
def few_tries(settings: Settings) -> None:
    """Two tries an hour for a name from an address, four from everywhere; none counted so far."""
    cache.clear()
    limits = {"password": (2, 3600), "password-anywhere": (4, 3600)}
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, **limits}


def test_signing_up_signs_in_and_goes_where_one_was_going(client: Client, db: None) -> None:
    answer = client.post("/sign-up/", {**NEW, "next": "/verify/"})
    assert answer["Location"] == "/verify/"
    assert client.get("/account/").context["user"] == Person.objects.get(username="cleo")


def test_signing_up_never_leads_to_another_site(client: Client, db: None) -> None:
    assert client.post("/sign-up/", {**NEW, "next": "https://elsewhere.example/"})["Location"] == "/"


def test_a_taken_name_is_said_in_place(client: Client, ada: Person) -> None:
    answer = client.post("/sign-up/", {**NEW, "username": "ada"})
    assert answer.status_code in {409, 422}
    assert answer.context["form"].errors
    assert Person.objects.count() == 1


def test_a_weak_password_is_refused_beside_its_field(client: Client, db: None) -> None:
    answer = client.post("/sign-up/", {"username": "cleo", "password": "short"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert not Person.objects.exists()


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(client: Client, ada: Person) -> None:
    answer = client.post("/sign-in/", {"username": "ada", "password": WRONG})
    assert "do not belong together" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_signing_out_is_a_post(as_ada: Client) -> None:
    assert as_ada.get("/sign-out/").status_code == 405
    assert as_ada.post("/sign-out/")["Location"] == "/"
    assert as_ada.get("/account/").status_code == 302


def test_the_account_page_asks_strangers_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"


def test_a_key_is_shown_once(as_ada: Client, ada: Person) -> None:
    answer = as_ada.post("/account/keys/", {"name": "notebook", "scopes": ["read"]})
    key = ApiKey.objects.get(person=ada)
    assert answer.status_code == 201
    assert answer.context["new_key"].startswith(f"ck_{key.prefix}_")
    assert answer.context["new_key"] not in as_ada.get("/account/").content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_key_without_scopes_is_not_made(as_ada: Client) -> None:
    answer = as_ada.post("/account/keys/", {"name": "notebook"})
    assert answer.status_code == 422
    assert not ApiKey.objects.exists()


def test_only_ones_own_keys_can_be_revoked(as_ada: Client, as_bo: Client, ada: Person) -> None:
    as_ada.post("/account/keys/", {"scopes": ["read"]})
    key = ApiKey.objects.get(person=ada)
    assert as_bo.post(f"/account/keys/{key.pk}/revoke/").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
    as_ada.post(f"/account/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def _try(client: Client, address: str, *, name: str = "ada", password: str = WRONG, ip: str = "10.0.0.1") -> int:
    answer = client.post(address, {"username": name, "password": password}, REMOTE_ADDR=ip)
    return answer.status_code


@pytest.mark.parametrize("address", ["/sign-in/", "/admin/login/"])
def test_passwords_cannot_be_tried_without_end(address: str, client: Client, ada: Person, few_tries: None) -> None:
    assert [_try(client, address) for _ in range(3)][-1] == 429
    assert _try(client, address, password=PASSWORD) == 429
    assert "_auth_user_id" not in client.session


def test_a_spelling_of_the_name_is_no_new_name(client: Client, ada: Person, few_tries: None) -> None:
    assert [_try(client, "/sign-in/", name=name) for name in ("ada", "ADA", "a\uff44a")] == [422, 422, 429]


def test_who_tries_a_name_elsewhere_does_not_keep_its_owner_out(client: Client, ada: Person, few_tries: None) -> None:
    assert [_try(client, "/sign-in/") for _ in range(3)][-1] == 429
    assert _try(client, "/sign-in/", password=PASSWORD, ip="10.0.0.2") == 302


def test_a_name_cannot_be_tried_from_everywhere_without_end(client: Client, ada: Person, few_tries: None) -> None:
    assert [_try(client, "/sign-in/", ip=f"10.0.1.{n}") for n in range(5)] == [422, 422, 422, 422, 429]


def test_accounts_cannot_be_made_without_end(client: Client, db: None, few_tries: None, settings: Settings) -> None:
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "sign-in": (1, 3600)}
    assert client.post("/sign-up/", {**NEW, "password": "short"}).status_code == 422
    answer = client.post("/sign-up/", NEW)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "no account is locked" in answer.content.decode()
    assert not Person.objects.exists()
