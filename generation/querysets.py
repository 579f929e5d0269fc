"""Questions about jobs and works."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from accounts.models import Person
    from generation.models import DiffusionModel, Job, Resemblance, Work  # noqa: F401 - the querysets' type arguments

CURATORS_GROUP = "Curators"
"""made by curation's migration; named here because curation stands to the right of generation"""


class DiffusionModelQuerySet(models.QuerySet["DiffusionModel"]):
    """Models by what is to be done with them."""

    def waiting_to_be_warm(self) -> Self:
        """Those that nobody has loaded since somebody asked for it, the first asked for first."""
        asked = self.filter(warming_requested_at__isnull=False)
        stale = Q(loaded_at__isnull=True) | Q(loaded_at__lt=F("warming_requested_at"))
        return asked.filter(stale).order_by("warming_requested_at")


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs by where they stand."""

    def waiting(self) -> Self:
        """Queued jobs, the next one to be claimed first."""
        return self.filter(status="queued").order_by("queued_at", "id")

    def running(self) -> Self:
        """Jobs that a worker holds, or held when it died."""
        return self.filter(status="running")

    def in_flight(self) -> Self:
        """Jobs that have not ended."""
        return self.filter(status__in=["queued", "running"])

    def lease_expired(self, *, now: datetime) -> Self:
        """Running jobs whose worker has not been heard of for a lease's length."""
        return self.running().filter(lease_expires_at__lt=now)

    def overdue(self, *, now: datetime) -> Self:
        """Queued jobs that nobody wants any more: their deadline has passed."""
        return self.filter(status="queued", deadline_at__lte=now)

    def held_with(self, token: object) -> Self:
        """The running job with this lease token: at most one, none once the lease was lost."""
        return self.running().filter(lease_token=token)

    def of(self, person: "Person") -> Self:
        """A person's own jobs."""
        return self.filter(person=person)


class WorkQuerySet(models.QuerySet["Work"]):
    """Works by who may see them."""

    def gallery(self) -> Self:
        """What everybody sees, the newest first; flagged works are among them and are shown blurred."""
        return self.filter(review_state__in=["pending", "approved"]).order_by("-created_at", "-id")

    def visible_to(self, person: "Person | AnonymousUser | None") -> Self:
        """The gallery, and what was hidden or rejected: to its maker, and to curators."""
        if person is None or isinstance(person, AnonymousUser):
            return self.filter(review_state__in=["pending", "approved"])
        if is_privileged(person):
            return self
        return self.filter(Q(review_state__in=["pending", "approved"]) | Q(person=person))

    def of(self, person: "Person") -> Self:
        """A person's own works."""
        return self.filter(person=person)


def can_see(work: "Work", person: "Person | AnonymousUser | None") -> bool:
    """Whether the work would be among `Work.objects.visible_to(person)`, for one that is at hand."""
    if work.review_state in {"pending", "approved"}:
        return True
    if person is None or isinstance(person, AnonymousUser):
        return False
    return work.person_id == person.pk or is_privileged(person)


def is_privileged(person: "Person") -> bool:
    """Whether the person sees what was hidden or rejected, whoever made it."""
    return person.is_superuser or person.groups.filter(name=CURATORS_GROUP).exists()


def resembling(work: "Work", *, viewer: "Person | AnonymousUser") -> "models.QuerySet[Resemblance]":
    """What an own work looks like, the most alike first: only works that the viewer may see anyway."""
    visible = type(work).objects.visible_to(viewer)
    return work.resemblances.filter(earlier__in=visible).select_related("earlier")
