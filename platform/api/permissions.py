"""What a key may do. A signed-in person in a browser may do everything that is hers to do."""

from typing import TYPE_CHECKING, ClassVar

from django.http import HttpRequest
from rest_framework import permissions
from rest_framework.request import Request

from api.errors import Forbidden, Unauthorized
from api.models import ApiKey, Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView


class MissingScope(Forbidden):
    """The key lacks the scope that the endpoint asks for."""

    code = "missing_scope"


class SessionRequired(Forbidden):
    """Only a signed-in person, not a key, may do this."""

    code = "session_required"


def check_scope(key: ApiKey | None, scope: Scope) -> None:
    """Nothing, when there is no key (a session has all scopes) or the key has the scope. Raises MissingScope."""
    if key is not None and scope not in key.scopes:
        held = ", ".join(key.scopes)
        raise MissingScope(f"This needs a key with the scope {scope.value}; yours has: {held}. Nothing was done.")


class Scoped(permissions.BasePermission):
    """Somebody known, and a key with the scope; made by `scoped`."""

    scope: ClassVar[Scope]
    anybody: ClassVar[bool] = False
    """whether callers who show neither key nor session are let in too"""

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - DRF's signature
        if not request.user.is_authenticated:
            if self.anybody:
                return True
            raise Unauthorized("Send a key as `Authorization: Bearer ck_…`, or sign in on the website.")
        check_scope(request.auth if isinstance(request.auth, ApiKey) else None, self.scope)
        return True


class CanRead(Scoped):
    """Scope `read`."""

    scope = Scope.READ


class AnybodyCanRead(Scoped):
    """Public; a key needs the scope `read` all the same."""

    scope = Scope.READ
    anybody = True


class CanGenerate(Scoped):
    """Scope `generate`."""

    scope = Scope.GENERATE


class CanMint(Scoped):
    """Scope `mint`."""

    scope = Scope.MINT


class SignedIn(permissions.BasePermission):
    """A person's session: a key can neither make keys nor link wallets, or one leaked key would be all of them."""

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - DRF's signature
        if not request.user.is_authenticated:
            raise Unauthorized("Sign in on the website to do this.")
        if request.auth is not None:
            raise SessionRequired("A key cannot do this. Sign in on the website to do it.")
        return True


def key_in(request: HttpRequest | Request) -> ApiKey | None:
    """The key a request was authenticated with, or None for a session."""
    auth = getattr(request, "auth", None)
    return auth if isinstance(auth, ApiKey) else None
