"""Changes of mints that watchers see: the revision grows in the same UPDATE, and is told after the commit."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from api import live
from minting.models import Mint
from minting.telling import tell_mints


def change_mints(mints: QuerySet[Mint], **fields: Any) -> int:  # noqa: ANN401 - values of any model field
    """Set fields of the matching mints, grow their revision, and tell watchers once this is committed.

    A change of status is written to the webhooks' outbox, too. Returns how many changed. Call it in a transaction.
    """
    ids = list(mints.order_by("id").select_for_update(of=("self",), no_key=True).values_list("id", flat=True))
    changed = Mint.objects.filter(id__in=ids).update(revision=F("revision") + 1, **fields)
    if "status" in fields:
        tell_mints(ids)
    transaction.on_commit(lambda: _announce(ids))
    return changed


def _announce(ids: list[UUID]) -> None:
    for mint_id, revision in Mint.objects.filter(id__in=ids).values_list("id", "revision"):
        live.publish(channel=f"mint:{mint_id}", revision=revision)
