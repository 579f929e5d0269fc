"""Telling operators what they have to mend: once when it begins, and when it is over."""

import logging

from django.db import transaction
from django.utils import timezone

from minting.models import Alert, Chain
from webhooks.services import record_event

logger = logging.getLogger(__name__)


@transaction.atomic
def raise_alert(*, kind: Alert.Kind, chain: Chain, subject: str, detail: str) -> Alert:
    """An open alert about this subject; the one that is open already, with the newest words."""
    alert, is_new = Alert.objects.get_or_create(
        kind=kind, chain=chain, subject=subject, resolved_at=None, defaults={"detail": detail}
    )
    if is_new:
        logger.error("%s: %s", kind.label, detail)
        _tell(alert, "raised")
    elif alert.detail != detail:
        Alert.objects.filter(pk=alert.pk).update(detail=detail)
    return alert


@transaction.atomic
def resolve_alert(*, kind: Alert.Kind, chain: Chain, subject: str) -> bool:
    """It is over; whether there was such an alert."""
    alert = Alert.objects.filter(kind=kind, chain=chain, subject=subject, resolved_at=None).first()
    if alert is None or not Alert.objects.filter(pk=alert.pk, resolved_at=None).update(resolved_at=timezone.now()):
        return False
    logger.warning("resolved: %s of %s on %s", kind.label, subject, chain.name)
    _tell(alert, "resolved")
    return True


def _tell(alert: Alert, what: str) -> None:
    """`alert.raised` and `alert.resolved` for webhooks; nobody's in particular, so only operators' receive them."""
    data = {"kind": alert.kind, "chain_id": alert.chain_id, "subject": alert.subject, "detail": alert.detail}
    record_event(event_type=f"alert.{what}", subject=alert.pk, person=None, data=data)
