"""Who is calling: `Authorization: Bearer ck_…` for programs, the website's session for browsers."""

import hmac
import re
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from api.errors import Forbidden, Unauthorized
from api.models import ApiKey
from api.services import key_hash, note_use

if TYPE_CHECKING:
    from accounts.models import Person

_KEY = re.compile(r"ck_([A-Za-z0-9]{1,12})_[A-Za-z0-9]{1,100}")


class KeyRefused(Unauthorized):
    """The key opens nothing.

    Codes: `malformed_key`, `unknown_key`, `revoked_key`, `expired_key`, `inactive_person`.
    """

    title = "The key is not accepted"


class CsrfFailed(Forbidden):
    """A browser's session sent a write without the site's CSRF token."""

    code = "csrf_failed"


def key_of_request(request: HttpRequest) -> ApiKey | None:
    """The key that a request shows, or None when it shows none. Raises KeyRefused."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    key = _known_key(text.strip())
    if key.revoked_at is not None:
        raise KeyRefused("This key was revoked. Make a new one.", code="revoked_key")
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise KeyRefused("This key has expired. Make a new one.", code="expired_key")
    if not key.person.is_active:
        raise KeyRefused("The account of this key has been closed.", code="inactive_person")
    note_use(key=key)
    return key


def _known_key(text: str) -> ApiKey:
    """The key with exactly this text. What is told about a key is told only to who holds all of it."""
    parts = _KEY.fullmatch(text)
    if parts is None:
        raise KeyRefused("A key looks like ck_<prefix>_<secret>; this does not.", code="malformed_key")
    key = ApiKey.objects.select_related("person").filter(prefix=parts[1]).first()
    if key is None or not hmac.compare_digest(bytes(key.key_hash), key_hash(text)):
        raise KeyRefused("There is no such key. Check that you copied all of it.", code="unknown_key")
    return key


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`request.user` is the key's person, `request.auth` the ApiKey."""

    def authenticate(self, request: Request) -> "tuple[Person, ApiKey] | None":
        key = key_of_request(request)
        return None if key is None else (key.person, key)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        return 'Bearer realm="colophon"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The website's session, with the CSRF check; `request.auth` is None."""

    def enforce_csrf(self, request: HttpRequest) -> None:
        try:
            super().enforce_csrf(request)  # type: ignore[arg-type] # the stub says Request; DRF hands the HttpRequest
        except exceptions.PermissionDenied as error:
            detail = "The page's protection token (X-CSRFToken) is missing or old. Reload the page and try again."
            raise CsrfFailed(detail) from error
