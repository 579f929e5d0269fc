"""Addresses in answers: always absolute, from SITE_URL, so that they hold in events and files too."""

from django.conf import settings
from django.urls import reverse


def absolute(path: str) -> str:
    """The full address of a path of this site."""
    return f"{settings.SITE_URL}{path}"


def page(name: str, *arguments: object) -> str:
    """The full address of a page, by its URL name."""
    return absolute(reverse(name, args=arguments))


def endpoint(*parts: object) -> str:
    """The full address of something under `/api/v1/`."""
    return absolute("/api/v1/" + "/".join(map(str, parts)))
