"""Writes of the API's own things: keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from api.models import ApiKey

if TYPE_CHECKING:
    from accounts.models import Person


def create_key(
    *, person: "Person", scopes: Sequence[str], name: str = "", expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key: the row, and the key's text `ck_<prefix>_<secret>`, which is kept nowhere.

    Raises InvalidInput for an unknown or missing scope.
    """
    raise NotImplementedError


def revoke_key(*, key: ApiKey) -> ApiKey:
    """From now on the key opens nothing. Revoking twice changes nothing."""
    raise NotImplementedError
