"""Questions about those who draw."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from generation.queue_models import Worker  # noqa: F401 - the queryset's type argument

LOST_AFTER = timedelta(seconds=20)
"""a worker says every 5 seconds that it lives; silent for this long, it is not counted on"""


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Workers by whether they can be counted on."""

    def alive(self, *, now: datetime) -> Self:
        """Those that were heard of a moment ago and did not say good-bye."""
        return self.filter(last_seen_at__gte=now - LOST_AFTER).exclude(activity="stopped")
