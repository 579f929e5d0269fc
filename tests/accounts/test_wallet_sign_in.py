"""Sign-In with Ethereum (EIP-4361): what holds, and each thing that does not."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from accounts.errors import SignInRefused, WalletTaken
from accounts.models import Person, SignInChallenge, Wallet
from accounts.services import issue_challenge, link_wallet, sign_in_with_wallet, sign_up

Proof = Callable[..., dict[str, str]]
DOMAIN = "testserver"


def refusal(proof: dict[str, str]) -> str:
    """The code a sign-in is refused with; nobody is made and the nonce stays unused."""
    with pytest.raises(SignInRefused) as refused:
        sign_in_with_wallet(**proof, domain=DOMAIN)
    assert not Person.objects.exists()
    return refused.value.code


def test_a_new_wallet_makes_a_person_with_it(proof: Proof, wallet: LocalAccount) -> None:
    person = sign_in_with_wallet(**proof(), domain=DOMAIN)
    assert [linked.address for linked in person.wallets.all()] == [wallet.address]
    assert not person.has_usable_password()
    assert SignInChallenge.objects.get().used_at is not None


def test_a_known_wallet_signs_in_its_person(proof: Proof, wallet: LocalAccount) -> None:
    person = sign_up(username="ada", password="teal-sun-over-navy")
    Wallet.objects.create(person=person, address=wallet.address)
    assert sign_in_with_wallet(**proof(), domain=DOMAIN) == person


def test_a_wallet_that_gives_its_address_in_lower_case_is_the_same(proof: Proof, wallet: LocalAccount) -> None:
    person = sign_in_with_wallet(**proof(address=wallet.address.lower()), domain=DOMAIN)
    assert person.wallets.get().address == wallet.address


def test_a_replayed_message_is_refused(proof: Proof) -> None:
    message = proof()
    sign_in_with_wallet(**message, domain=DOMAIN)
    with pytest.raises(SignInRefused) as refused:
        sign_in_with_wallet(**message, domain=DOMAIN)
    assert refused.value.code == "used_nonce"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"domain": "evil.example"}, "wrong_domain"),
        ({"uri": "https://evil.example/sign-in"}, "wrong_domain"),
        ({"uri": "ftp://testserver"}, "wrong_domain"),
        ({"chain_id": 1}, "wrong_chain"),
        ({"nonce": "neverHandedOut12"}, "unknown_nonce"),
        ({"expires_in": timedelta(seconds=-1)}, "expired"),
        ({"not_before": timezone.now() + timedelta(hours=1)}, "not_yet_valid"),
        ({"issued_at": timezone.now() + timedelta(hours=1)}, "not_yet_valid"),
        ({"nonce": "short"}, "malformed_message"),
        ({"uri": "not a uri"}, "malformed_message"),
    ],
)
def test_a_message_that_does_not_hold_is_refused(proof: Proof, changes: dict[str, object], code: str) -> None:
    assert refusal(proof(**changes)) == code
    assert SignInChallenge.objects.get().used_at is None


def test_a_challenge_made_for_another_site_is_refused(proof: Proof) -> None:
    other = issue_challenge(domain="other.example", chain_id=31337)
    assert refusal(proof(nonce=other.nonce)) == "wrong_domain"


def test_an_expired_challenge_is_refused_whatever_the_message_says(proof: Proof) -> None:
    SignInChallenge.objects.update(expires_at=timezone.now())
    assert refusal(proof()) == "expired"


def test_challenges_long_over_are_swept_out(challenge: SignInChallenge) -> None:
    SignInChallenge.objects.update(expires_at=timezone.now() - timedelta(days=2))
    fresh = issue_challenge(domain=DOMAIN, chain_id=31337)
    assert SignInChallenge.objects.get() == fresh


def test_an_address_that_fails_its_checksum_is_refused(proof: Proof, wallet: LocalAccount) -> None:
    wrong = wallet.address[:2] + wallet.address[2:].swapcase()
    assert refusal(proof(address=wrong)) == "malformed_message"


@pytest.mark.parametrize("message", ["", "hello", "a" * 100_000, "\u0000", "x wants you to sign in"])
def test_what_is_no_message_is_refused(challenge: SignInChallenge, message: str) -> None:
    assert refusal({"message": message, "signature": "0x" + "00" * 65}) == "malformed_message"


@pytest.mark.parametrize("signature", ["", "0x", "0xzz", "0x" + "11" * 64, "0x" + "11" * 65, "0x" + "1" * 9001])
def test_a_bad_signature_is_refused_and_the_nonce_kept(proof: Proof, signature: str) -> None:
    assert refusal({**proof(), "signature": signature}) == "bad_signature"
    assert SignInChallenge.objects.get().used_at is None


def test_a_message_changed_after_signing_is_refused(proof: Proof, wallet: LocalAccount) -> None:
    good = proof()
    assert refusal({**good, "message": good["message"].replace("free of charge", "cheap")}) == "bad_signature"


def test_a_closed_account_stays_closed(proof: Proof, wallet: LocalAccount) -> None:
    person = sign_up(username="ada", password="teal-sun-over-navy")
    Wallet.objects.create(person=person, address=wallet.address)
    Person.objects.update(is_active=False)
    with pytest.raises(SignInRefused) as refused:
        sign_in_with_wallet(**proof(), domain=DOMAIN)
    assert refused.value.code == "inactive_person"


def test_linking_adds_the_wallet_once(proof: Proof, wallet: LocalAccount, challenge: SignInChallenge) -> None:
    person = sign_up(username="ada", password="teal-sun-over-navy")
    linked = link_wallet(person=person, **proof(), domain=DOMAIN)
    again = issue_challenge(domain=DOMAIN, chain_id=31337)
    assert link_wallet(person=person, **proof(nonce=again.nonce), domain=DOMAIN) == linked
    assert linked.address == wallet.address


def test_another_persons_wallet_cannot_be_linked(proof: Proof, wallet: LocalAccount) -> None:
    owner = sign_up(username="ada", password="teal-sun-over-navy")
    Wallet.objects.create(person=owner, address=wallet.address.lower())
    other = sign_up(username="bob", password="navy-waves-under-teal")
    with pytest.raises(WalletTaken):
        link_wallet(person=other, **proof(), domain=DOMAIN)
    assert not other.wallets.exists()
    assert SignInChallenge.objects.get().used_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_message_at_once_one_signs_in(proof: Proof) -> None:
    message, outcomes = proof(), []

    def send() -> None:
        try:
            sign_in_with_wallet(**message, domain=DOMAIN)
            outcomes.append("signed in")
        except SignInRefused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["signed in", "used_nonce"]
    assert Person.objects.count() == 1
