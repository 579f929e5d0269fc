"""System checks of the whole site. Their ids are stable: search the README for one to find what to do."""

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import DatabaseError, connections
from django.http.request import validate_host

from devstack.state_folder import STATE_VERSION, read_version

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1", "testserver"}
WEAK_WORDS = ("django-insecure", "changeme", "change-me", "secret", "password")


def _site_host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


@register(Tags.security)
def check_secret_key(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - the signature Django asks for
    """E001: a guessable secret key would let anybody sign sessions."""
    key = settings.SECRET_KEY
    is_weak = len(key) < 40 or len(set(key)) < 10 or key.lower().startswith(WEAK_WORDS)
    if settings.DEBUG or not is_weak:
        return []
    hint = "Leave SECRET_KEY unset, and a random one is made in the state folder; or set 50 random characters."
    return [Error("SECRET_KEY is a default or too weak.", hint=hint, id="colophon.E001")]


@register(Tags.security)
def check_debug(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - the signature Django asks for
    """E002: debug pages show settings and source to every visitor."""
    if not settings.DEBUG or _site_host() in LOCAL_HOSTS:
        return []
    hint = "Set DEBUG=0, or SITE_URL to a local address."
    return [Error(f"DEBUG is on for the public address {settings.SITE_URL}.", hint=hint, id="colophon.E002")]


@register()
def check_state_folder(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - the signature Django asks for
    """E003: the state folder cannot be written. E004: it belongs to another version."""
    home = settings.COLOPHON_HOME
    if not os.access(home, os.W_OK | os.X_OK):
        hint = "Make it writable for the user that runs this process, or point COLOPHON_HOME at another folder."
        return [Error(f"The state folder {home} cannot be written.", hint=hint, id="colophon.E003")]
    version = read_version(home)
    if version not in {None, str(STATE_VERSION)}:
        text = f"The state folder {home} is of version {version}; this code reads version {STATE_VERSION}."
        hint = "Run the code it belongs to, or point COLOPHON_HOME at another folder. Nothing was changed."
        return [Error(text, hint=hint, id="colophon.E004")]
    return []


@register(Tags.database)
def check_database(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401 - the signature Django asks for
    """E005: the database does not answer. Runs with `manage.py check --database default`, and with migrate."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        try:
            connections[alias].ensure_connection()
        except DatabaseError as error:
            hint = "Start it, or correct DATABASE_URL. `make up` starts one of its own when DATABASE_URL is unset."
            problems.append(Error(f"The database does not answer: {error}".strip(), hint=hint, id="colophon.E005"))
    return problems


@register(Tags.security)
def check_site_url(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - the signature Django asks for
    """E006: SITE_URL is no address, or its host is refused. W001: public, but without TLS."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        hint = "Set it to what visitors type, for example https://colophon.example"
        return [Error(f"SITE_URL is not a web address: {settings.SITE_URL!r}.", hint=hint, id="colophon.E006")]
    if not validate_host(parts.hostname, settings.ALLOWED_HOSTS):
        hint = f"Add {parts.hostname} to ALLOWED_HOSTS; else every request is refused."
        return [Error("The host of SITE_URL is not in ALLOWED_HOSTS.", hint=hint, id="colophon.E006")]
    if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
        hint = "Put a proxy with TLS in front and set SITE_URL to https://…"
        return [Warning(f"{settings.SITE_URL} is public and without TLS.", hint=hint, id="colophon.W001")]
    return []


@register()
def check_chains(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - the signature Django asks for
    """W002: without a chain, pictures are made but nothing can be minted."""
    if settings.CHAINS:
        return []
    hint = "Set CHAINS (the README shows the JSON), or start with `make up`, which brings a chain of its own."
    return [Warning("No chain is configured.", hint=hint, id="colophon.W002")]
