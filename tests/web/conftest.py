"""Pages in tests: files as they are in static/, people, and a state folder for what is stored."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Person

PASSWORD = "paper and ink"


@pytest.fixture(autouse=True)
def plain_static_files(settings: Settings) -> None:
    """Without `collectstatic` there are no hashed names to find."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def ada(db: None) -> Person:
    """A creator."""
    return Person.objects.create_user(username="ada", password=PASSWORD)


@pytest.fixture
def bo(db: None) -> Person:
    """Another one."""
    return Person.objects.create_user(username="bo", password=PASSWORD)


@pytest.fixture
def as_ada(ada: Person) -> Client:
    """A browser in which ada is signed in."""
    browser = Client()
    browser.force_login(ada)
    return browser


@pytest.fixture
def as_bo(bo: Person) -> Client:
    """A browser in which bo is signed in."""
    browser = Client()
    browser.force_login(bo)
    return browser
