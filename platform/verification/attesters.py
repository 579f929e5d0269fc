"""Whose key is it? The platform's own now, one it had before, or nobody's: the collections' contracts tell."""

import logging
from dataclasses import dataclass
from typing import Literal

from django.conf import settings

from api.errors import Problem
from minting.chain_reader import AttesterInterval, attester_interval
from minting.models import Collection
from minting.rpc import RpcError
from minting.signers import attester_address

logger = logging.getLogger(__name__)
MOST_ASKED = 4
"""collections asked per check"""

Standing = Literal["current", "former", "not_valid_then", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Attester:
    """What is known of a key that signed.

    `current`: the platform signs with it. `former`: a contract trusts it for that time. `not_valid_then`: contracts
    know it, but not for that time, as after it was revoked. `unknown`: none of ours. `asked`: whether a contract
    answered; a current key is then checked against it, too.
    """

    standing: Standing
    asked: bool
    interval: AttesterInterval | None


def standing_of(signer: str, *, created_at: int) -> Attester:
    """Judge the key for a statement of that second (since the epoch). Chains that do not answer are left out."""
    answered, known = False, None
    for collection in _collections():
        try:
            interval = attester_interval(collection=collection, attester=signer)
        except (Problem, RpcError) as error:
            logger.warning("%s could not be asked for an attester: %s", collection.slug, type(error).__name__)
            continue
        answered = True
        if interval is not None and interval.covers(created_at):
            mine = signer == attester_address()
            return Attester(standing="current" if mine else "former", asked=True, interval=interval)
        known = known or interval
    if known is not None:
        return Attester(standing="not_valid_then", asked=True, interval=known)
    mine = signer == attester_address()
    return Attester(standing="current" if mine else "unknown", asked=answered, interval=None)


def _collections() -> list[Collection]:
    ready = Collection.objects.filter(
        status=Collection.Status.READY, chain__in=[config.chain_id for config in settings.CHAINS]
    )
    return list(ready.order_by("-is_default", "created_at")[:MOST_ASKED])
