"""Signing up, in and out; one's own page."""

from django.test import Client

from accounts.models import Person
from api.models import ApiKey

NEW = {"username": "cleo", "password": "a long enough one"}


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
    answer = client.post("/sign-in/", {"username": "ada", "password": "not this one"})
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
