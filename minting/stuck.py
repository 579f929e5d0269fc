"""Questions an operator asks: which mints and transactions do not get on?"""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from minting.models import Alert, Mint, Transaction


def not_final_for_long() -> QuerySet[Mint]:
    """Mints that were asked for longer ago than `STUCK_AFTER_MINUTES` and have not ended."""
    long_ago = timezone.now() - timedelta(minutes=settings.STUCK_AFTER_MINUTES)
    return Mint.objects.exclude(status__in=[Mint.Status.FINAL, Mint.Status.FAILED]).filter(created_at__lt=long_ago)


def failed() -> QuerySet[Mint]:
    """Mints that ended without a token."""
    return Mint.objects.filter(status=Mint.Status.FAILED)


def with_an_error() -> QuerySet[Transaction]:
    """Open transactions whose last sending went wrong."""
    return Transaction.objects.exclude(status=Transaction.Status.FINAL).exclude(last_error="")


def open_alerts() -> QuerySet[Alert]:
    """What an operator has to mend."""
    return Alert.objects.filter(resolved_at=None)
