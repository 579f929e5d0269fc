"""Questions to the queue: whose turn is it, and who draws?"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Subquery

if TYPE_CHECKING:
    from generation.queue_models import Turn, Worker  # noqa: F401 - the querysets' type arguments

LOST_AFTER = timedelta(seconds=20)
"""a worker says every 5 seconds that it lives; silent for this long, it is not counted on"""


class TurnQuerySet(models.QuerySet["Turn"]):
    """Turns in the order they come."""

    def least_served(self) -> Self:
        """Those that wait, in the order of their turns: class, picture-steps had, longest wait."""
        return self.filter(waiting=True).order_by("priority", "served", "since", "id")

    def longest_waiting(self, *, before: datetime) -> Self:
        """Those that wait since before then, the longest first."""
        return self.filter(waiting=True, since__lt=before).order_by("since", "id")

    def with_job_of(self, model_ids: Collection[UUID]) -> Self:
        """Those with a waiting job of one of these models.

        A scalar subquery per turn on purpose: the planner may turn EXISTS into a join over all waiting jobs.
        """
        jobs = apps.get_model("generation", "Job").objects
        first_of_model = jobs.filter(
            person=OuterRef(OuterRef("person")),
            priority=OuterRef(OuterRef("priority")),
            model=OuterRef("pk"),
            status="queued",
        ).order_by("queued_at", "id")
        models_with_job = (
            apps.get_model("generation", "DiffusionModel")
            .objects.filter(pk__in=list(model_ids))
            .annotate(first_job=Subquery(first_of_model.values("pk")[:1]))
            .filter(first_job__isnull=False)
            .order_by()
        )
        return self.annotate(a_job=Subquery(models_with_job.values("first_job")[:1])).filter(a_job__isnull=False)


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Workers by whether they can be counted on."""

    def alive(self, *, now: datetime) -> Self:
        """Those that were heard of a moment ago and did not say good-bye."""
        return self.filter(last_seen_at__gte=now - LOST_AFTER).exclude(activity="stopped")
