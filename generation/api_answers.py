"""What several endpoints answer: jobs and works as everybody is shown them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import made_response
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.requests import person_of
from generation.listing import with_all_that_is_shown
from generation.models import Job, Work
from generation.serializers import JobSerializer

ENDED = {Job.Status.SUCCEEDED, Job.Status.FAILED, Job.Status.CANCELED}


def job_made(request: Request, body: dict[str, Any], route: str, make: Callable[[], Job]) -> Response:
    """The answer to a POST that queues a job: once, however often it is sent with the same key."""
    person = person_of(request)
    outcome = make_once(
        person=person, route=route, key=request.headers.get(HEADER), body=body, make=lambda: make().pk
    )
    return made_response(
        request,
        outcome,
        location=endpoint("jobs", outcome.object_id),
        has_ended=lambda: Job.objects.filter(pk=outcome.object_id, status__in=ENDED).exists(),
        body=lambda: job_json(outcome.object_id, viewer=person),
    )


def with_works(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """The jobs, and all that is shown of their works."""
    works = with_all_that_is_shown(Work.objects.order_by("index"))
    return jobs.select_related("model").prefetch_related(Prefetch("works", queryset=works))


def job_json(job_id: UUID, *, viewer: Person | AnonymousUser) -> dict[str, Any]:
    """The job as GET gives it."""
    body: dict[str, Any] = shown(JobSerializer, with_works(Job.objects.all()).get(pk=job_id), viewer=viewer)
    return body


def shown(serializer: Any, value: object, *, viewer: object, many: bool = False) -> Any:  # noqa: ANN401 - serializers share no typed shape
    """The value as JSON has it for this viewer."""
    return serializer(value, many=many, context={"viewer": viewer}).data
