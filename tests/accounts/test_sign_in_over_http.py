"""Signing in and linking wallets as the website's scripts do."""

from collections.abc import Callable

import pytest
from django.test import Client
from eth_account.signers.local import LocalAccount

from accounts.models import Person, SignInChallenge
from accounts.services import issue_challenge, sign_up

Proof = Callable[..., dict[str, str]]


@pytest.mark.django_db
def test_a_challenge_says_all_that_goes_into_the_message(client: Client) -> None:
    response = client.get("/api/v1/sign-in/challenge")
    challenge = SignInChallenge.objects.get()
    assert response.json() == {
        "nonce": challenge.nonce,
        "domain": "testserver",
        "uri": "http://testserver",
        "chain_id": 31337,
        "statement": "Sign in to Colophon. This is free of charge and sends no transaction.",
        "expires_at": challenge.expires_at.isoformat().replace("+00:00", "Z"),
    }
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_challenge_for_a_chain_the_site_does_not_know(client: Client) -> None:
    response = client.get("/api/v1/sign-in/challenge?chain_id=1")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "unknown_chain")
    assert not SignInChallenge.objects.exists()


def test_signing_in_starts_a_session(client: Client, proof: Proof, wallet: LocalAccount) -> None:
    response = client.post("/api/v1/sign-in/wallet", proof(), content_type="application/json")
    assert response.status_code == 200, response.json()
    assert response.json()["wallets"][0]["address"] == wallet.address
    me = client.get("/api/v1/me").json()
    assert (me["id"], me["scopes"]) == (response.json()["id"], ["read", "generate", "mint"])


def test_a_refused_sign_in_starts_none(client: Client, proof: Proof) -> None:
    response = client.post("/api/v1/sign-in/wallet", proof(domain="evil.example"), content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (401, "wrong_domain")
    assert client.get("/api/v1/me").status_code == 401
    assert not Person.objects.exists()


def test_a_form_of_another_site_cannot_sign_anybody_in(client: Client, proof: Proof) -> None:
    response = client.post("/api/v1/sign-in/wallet", proof())
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_signed_in_person_links_a_wallet(proof: Proof, wallet: LocalAccount) -> None:
    person = sign_up(username="ada", password="teal-sun-over-navy")
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    without = client.post("/api/v1/me/wallets", proof(), content_type="application/json")
    assert (without.status_code, without.json()["code"]) == (403, "csrf_failed")
    client.cookies["csrftoken"] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32}
    linked = client.post("/api/v1/me/wallets", proof(), content_type="application/json", headers=headers)
    assert (linked.status_code, linked.json()["address"]) == (201, wallet.address)
    other = sign_up(username="bob", password="navy-under-teal")
    client.force_login(other)
    again = proof(nonce=issue_challenge(domain="testserver", chain_id=31337).nonce)
    client.cookies["csrftoken"] = "a" * 32
    taken = client.post("/api/v1/me/wallets", again, content_type="application/json", headers=headers)
    assert (taken.status_code, taken.json()["code"]) == (409, "wallet_taken")
    assert not other.wallets.exists()


def test_who_is_already_signed_in_may_sign_in_anew(client: Client, proof: Proof, wallet: LocalAccount) -> None:
    client.force_login(sign_up(username="ada", password="teal-sun-over-navy"))
    client.post("/api/v1/sign-in/wallet", proof(), content_type="application/json")
    assert client.get("/api/v1/me").json()["wallets"][0]["address"] == wallet.address
