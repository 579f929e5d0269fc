"""Keys: what they open, and what opens nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from api.errors import InvalidInput
from api.models import ApiKey
from api.services import create_key, revoke_key

ME = "/api/v1/me"


def with_key(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_a_key_says_whose_it_is_and_what_it_may_do(ada: Person, client_with: Callable[..., Client]) -> None:
    me = client_with(ada, "mint", "read").get(ME).json()
    assert (me["username"], me["scopes"], me["wallets"]) == ("ada", ["read", "mint"], [])


def test_only_the_hash_of_a_key_is_kept(ada: Person) -> None:
    key, text = create_key(person=ada, scopes=["read"])
    assert text.startswith(f"ck_{key.prefix}_")
    secret = text.split("_")[2]
    assert secret not in str(ApiKey.objects.values().get())
    assert len(secret) == 43


@pytest.mark.parametrize("scopes", [[], ["root"], ["read", "Mint"]])
def test_a_key_with_an_unknown_scope_or_none_is_not_made(ada: Person, scopes: list[str]) -> None:
    with pytest.raises(InvalidInput):
        create_key(person=ada, scopes=scopes)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("text", ["", "ck_", "sk_abc_def", "ck_abc", "ck_abc_d\u00e9f", "ck_" + "a" * 5000])
@pytest.mark.django_db
def test_what_is_no_key_is_refused(text: str) -> None:
    response = with_key(text).get(ME)
    assert (response.status_code, response.json()["code"]) == (401, "malformed_key")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_secret_is_refused_like_a_key_that_never_was(ada: Person) -> None:
    key, text = create_key(person=ada, scopes=["read"])
    revoke_key(key=key)
    for wrong in [text[:-1] + ("a" if text[-1] != "a" else "b"), "ck_neverwas_" + "x" * 43]:
        assert with_key(wrong).get(ME).json()["code"] == "unknown_key"


def test_a_revoked_key_opens_nothing(ada: Person) -> None:
    key, text = create_key(person=ada, scopes=["read"])
    revoked_at = revoke_key(key=key).revoked_at
    assert revoke_key(key=key).revoked_at == revoked_at
    response = with_key(text).get(ME)
    assert (response.status_code, response.json()["code"]) == (401, "revoked_key")


def test_an_expired_key_opens_nothing(ada: Person) -> None:
    key, text = create_key(person=ada, scopes=["read"], expires_at=timezone.now() + timedelta(hours=1))
    assert with_key(text).get(ME).status_code == 200
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert with_key(text).get(ME).json()["code"] == "expired_key"


def test_the_keys_of_a_closed_account_open_nothing(ada: Person, program: Client) -> None:
    Person.objects.update(is_active=False)
    assert program.get(ME).json()["code"] == "inactive_person"


def test_last_use_is_noted_at_most_once_a_minute(ada: Person) -> None:
    key, text = create_key(person=ada, scopes=["read"])
    with_key(text).get(ME)
    first = ApiKey.objects.get().last_used_at
    with_key(text).get(ME)
    assert ApiKey.objects.get().last_used_at == first is not None
    long_ago = timezone.now() - timedelta(minutes=2)
    ApiKey.objects.update(last_used_at=long_ago)
    with_key(text).get(ME)
    used_at = ApiKey.objects.get(pk=key.pk).last_used_at
    assert used_at is not None
    assert used_at > long_ago


def test_a_missing_scope_is_named(ada: Person, client_with: Callable[..., Client]) -> None:
    response = client_with(ada, "mint").get(ME)
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")
    assert "read" in response.json()["detail"]


def make_key(browser: Client, **body: object) -> dict[str, str]:
    """POST /keys as the website does."""
    browser.cookies["csrftoken"] = "a" * 32
    made = browser.post("/api/v1/keys", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    answer: dict[str, str] = made.json()
    assert made.status_code == 201, answer
    return answer


def test_a_browser_makes_lists_and_revokes_keys(browser: Client) -> None:
    made = make_key(browser, name="my script", scopes=["read", "mint"])
    assert with_key(made["key"]).get(ME).status_code == 200
    [listed] = browser.get("/api/v1/keys").json()["results"]
    assert "key" not in listed
    assert (listed["id"], listed["prefix"], listed["scopes"]) == (made["id"], made["prefix"], ["read", "mint"])
    gone = browser.delete(f"/api/v1/keys/{made['id']}", headers={"X-CSRFToken": "a" * 32})
    assert gone.status_code == 204
    assert with_key(made["key"]).get(ME).json()["code"] == "revoked_key"


def test_a_key_cannot_make_or_revoke_keys(ada: Person, program: Client) -> None:
    response = program.post("/api/v1/keys", {"scopes": ["read"]}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (403, "session_required")
    key = ApiKey.objects.get()
    assert program.delete(f"/api/v1/keys/{key.pk}").status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_somebody_elses_key_is_not_there(browser: Client, bob: Person) -> None:
    key, _ = create_key(person=bob, scopes=["read"])
    browser.cookies["csrftoken"] = "a" * 32
    response = browser.delete(f"/api/v1/keys/{key.pk}", headers={"X-CSRFToken": "a" * 32})
    assert (response.status_code, response.json()["code"]) == (404, "key_not_found")
    assert ApiKey.objects.get().revoked_at is None
