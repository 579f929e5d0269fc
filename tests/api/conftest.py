"""A person, her key, and a client that shows it."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Person
from accounts.services import sign_up
from api.services import create_key


@pytest.fixture(autouse=True)
def uncounted() -> None:
    """Each test starts with all its requests still to send."""
    cache.clear()


@pytest.fixture
def ada(db: None) -> Person:
    return sign_up(username="ada", password="teal-sun-over-navy")


@pytest.fixture
def bob(db: None) -> Person:
    return sign_up(username="bob", password="navy-waves-under-teal")


@pytest.fixture
def client_with() -> Callable[..., Client]:
    """A client that shows a fresh key of this person."""

    def made(person: Person, *scopes: str) -> Client:
        _, text = create_key(person=person, scopes=scopes or ["read", "generate", "mint"])
        return Client(headers={"Authorization": f"Bearer {text}"})

    return made


@pytest.fixture
def program(ada: Person, client_with: Callable[..., Client]) -> Client:
    """Ada's program, with every scope."""
    return client_with(ada)


@pytest.fixture
def browser(ada: Person) -> Client:
    """Ada's browser, signed in, which must send CSRF tokens."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    return client
