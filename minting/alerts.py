"""Telling operators what they have to mend: once when it begins, and when it is over."""

import logging

from django.utils import timezone

from minting.models import Alert, Chain

logger = logging.getLogger(__name__)


def raise_alert(*, kind: Alert.Kind, chain: Chain, subject: str, detail: str) -> Alert:
    """An open alert about this subject; the one that is open already, with the newest words."""
    alert, is_new = Alert.objects.get_or_create(
        kind=kind, chain=chain, subject=subject, resolved_at=None, defaults={"detail": detail}
    )
    if is_new:
        logger.error("%s: %s", kind.label, detail)
    elif alert.detail != detail:
        Alert.objects.filter(pk=alert.pk).update(detail=detail)
    return alert


def resolve_alert(*, kind: Alert.Kind, chain: Chain, subject: str) -> bool:
    """It is over; whether there was such an alert."""
    open_ones = Alert.objects.filter(kind=kind, chain=chain, subject=subject, resolved_at=None)
    if not open_ones.update(resolved_at=timezone.now()):
        return False
    logger.warning("resolved: %s of %s on %s", kind.label, subject, chain.name)
    return True
