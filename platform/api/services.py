"""Writes of the API's own things: keys."""

import hashlib
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from api.errors import InvalidInput
from api.models import ApiKey, Scope

if TYPE_CHECKING:
    from accounts.models import Person

_LETTERS = string.ascii_letters + string.digits
PREFIX_LENGTH, SECRET_LENGTH = 10, 43
"""43 characters of 62 kinds hold 256 bits"""
USED_AT_RESOLUTION = timedelta(minutes=1)


def key_hash(text: str) -> bytes:
    """What is kept of a key. A plain SHA-256 is enough: the secret is 256 random bits, not a password."""
    return hashlib.sha256(text.encode()).digest()


def create_key(
    *, person: "Person", scopes: Sequence[str], name: str = "", expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key: the row, and the key's text `ck_<prefix>_<secret>`, which is kept nowhere.

    Raises InvalidInput for an unknown or missing scope, an over-long name, an expiry in the past.
    """
    _check_scopes(scopes)
    if len(name) > 80 or not (name.isprintable()):
        raise InvalidInput.for_field("name", "A key's name is one line of at most 80 characters.")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput.for_field("expires_at", "A key's expiry lies in the future.", code="in_the_past")
    prefix, secret = (_random_text(length) for length in (PREFIX_LENGTH, SECRET_LENGTH))
    text = f"ck_{prefix}_{secret}"
    key = ApiKey.objects.create(
        person=person,
        name=name,
        prefix=prefix,
        key_hash=key_hash(text),
        scopes=[scope for scope in Scope.values if scope in scopes],
        expires_at=expires_at,
    )
    return key, text


def _check_scopes(scopes: Sequence[str]) -> None:
    known = ", ".join(Scope.values)
    if not scopes:
        raise InvalidInput.for_field("scopes", f"A key has at least one scope of: {known}.", code="required")
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown:
        detail = f"There is no scope {', '.join(unknown)}. The scopes are: {known}."
        raise InvalidInput.for_field("scopes", detail, code="unknown_scope")


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def revoke_key(*, key: ApiKey) -> ApiKey:
    """From now on the key opens nothing. Revoking twice changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db()
    return key


def note_use(*, key: ApiKey) -> None:
    """Remember that the key was used, at most once a minute, so that reading costs no write each time."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_AT_RESOLUTION)
    if key.last_used_at is None or key.last_used_at < now - USED_AT_RESOLUTION:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
