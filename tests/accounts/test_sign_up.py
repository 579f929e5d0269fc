"""Signing up with a name and a password."""

import threading

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from accounts.errors import NameTaken
from accounts.models import Person
from accounts.services import sign_up
from api.errors import InvalidInput

PASSWORD = "teal-sun-over-navy-waves"


@pytest.mark.django_db
def test_a_person_signs_in_with_the_name_and_password_she_chose() -> None:
    person = sign_up(username="Ada.Lovelace", password=PASSWORD)
    assert authenticate(username="ada.lovelace", password=PASSWORD) == person
    assert str(person) == "Ada.Lovelace"


@pytest.mark.django_db
def test_a_name_is_taken_whatever_its_case_or_width() -> None:
    sign_up(username="ada", password=PASSWORD)
    for same in ["ADA", "\uff41\uff44\uff41"]:
        with pytest.raises(NameTaken) as refused:
            sign_up(username=same, password=PASSWORD)
        assert refused.value.errors[0].field == "username"
    assert Person.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "length"),
        ("a", "length"),
        ("a" * 41, "length"),
        ("ada lovelace", "characters"),
        ("ada\n", "characters"),
        ("\u202eada", "characters"),
        ("-ada", "characters"),
        ("0x" + "ab" * 20, "length"),
        ("\ufdfa" * 40, "length"),
        ("\u3164\u3164", "characters"),
        ("1\u00bd", "characters"),
        ("\u0410da", "scripts"),
    ],
)
def test_a_name_that_breaks_a_rule_is_refused(name: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign_up(username=name, password=PASSWORD)
    assert [(error.field, error.code) for error in refused.value.errors] == [("username", code)]
    assert not Person.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["\u0130lker", "\u0410\u043d\u043d\u0430", "\u5929\u4e95-3", "Zo\u00eb"])
def test_a_name_may_be_of_any_one_script(name: str) -> None:
    assert str(sign_up(username=name, password=PASSWORD)) == name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("password123", "password_too_common"),
        ("adalovelace1", "password_too_similar"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign_up(username="adalovelace", password=password)
    assert code in {error.code for error in refused.value.errors}
    assert not Person.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_for_one_name_at_once_one_gets_it() -> None:
    outcomes: list[str] = []

    def ask() -> None:
        try:
            sign_up(username="ada", password=PASSWORD)
            outcomes.append("made")
        except NameTaken:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "taken"]
    assert Person.objects.count() == 1
