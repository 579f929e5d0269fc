"""Questions to the index."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from minting.indexer.models import Token  # noqa: F401 - the model imports this module


class TokenQuerySet(models.QuerySet["Token"]):
    """Tokens as the chain's logs tell them."""

    def owned_by(self, addresses: Iterable[str]) -> "TokenQuerySet":
        """Tokens that belong to one of these EIP-55 addresses now."""
        return self.filter(owner__in=list(addresses))

    def burnt(self) -> "TokenQuerySet":
        """Tokens that nobody owns any more."""
        return self.filter(owner="")

    def of_content(self, content_hash: bytes) -> "TokenQuerySet":
        """The tokens of one file, one in each collection at most."""
        return self.filter(token_id=content_hash)
