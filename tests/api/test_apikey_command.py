"""`manage.py apikey`, the operator's way to keys."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Person
from api.models import ApiKey


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("apikey", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_create_prints_nothing_but_the_key(ada: Person) -> None:
    text = run("create", "--user", "Ada", "--scopes", "generate,mint,read", "--name", "script")
    response = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/me")
    assert response.json()["scopes"] == ["read", "generate", "mint"]


@pytest.mark.django_db
def test_create_user_makes_the_person_once() -> None:
    for _ in range(2):
        run("create", "--user", "agent-7", "--scopes", "read", "--create-user")
    assert Person.objects.get().username == "agent-7"
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create", "--user", "nobody", "--scopes", "read"], "nobody named nobody"),
        (["create", "--user", "ada", "--scopes", "read,admin"], "Unknown scope: admin"),
        (["create", "--user", "ada", "--scopes", ","], "none given"),
        (["create", "--user", "a b", "--scopes", "read", "--create-user"], "A name starts with"),
        (["list", "--user", "nobody"], "nobody named nobody"),
        (["revoke", "nothere"], "no key with the prefix nothere"),
    ],
)
def test_a_wrong_user_scope_or_prefix_is_named(ada: Person, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert not ApiKey.objects.exists()


def test_list_and_revoke(ada: Person) -> None:
    text = run("create", "--user", "ada", "--scopes", "read")
    prefix = "_".join(text.split("_")[:2])
    assert run("list").split("\t")[:4] == [prefix, "ada", "read", "open"]
    assert run("revoke", prefix) == f"{prefix} is revoked."
    assert run("list", "--user", "ada").split("\t")[3] == "revoked"
