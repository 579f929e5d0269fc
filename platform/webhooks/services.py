"""Writing events. Delivery reads them later."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from webhooks.models import OutboxEvent

if TYPE_CHECKING:
    from accounts.models import Person


def record_event(
    *, event_type: str, subject: UUID, person: "Person | UUID | None", data: Mapping[str, object]
) -> OutboxEvent:
    """Write down that something happened, in the same transaction in which it happens.

    `person` is whose event it is; None when it is nobody's in particular. `data` must be JSON. Raises RuntimeError
    outside a transaction: an event of something that did not happen, or the other way round, could then remain.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{event_type} must be recorded in the transaction that makes it true")
    owner = person if person is None or isinstance(person, UUID) else person.pk
    return OutboxEvent.objects.create(type=event_type, subject=subject, person_id=owner, data=dict(data))
