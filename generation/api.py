"""REST endpoints of jobs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint
from api.errors import InvalidInput
from api.events import Source, State
from api.pagination import page_of
from api.permissions import CanGenerate, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from api.streaming import event_view
from generation import deadlines, examples, services
from generation.api_answers import ENDED, job_json, job_made, shown, with_works
from generation.errors import JobNotFound, NoPreview
from generation.job_previews import find_preview
from generation.models import Job
from generation.queue.forecast import recent_forecast
from generation.serializers import (
    JobRequestSerializer,
    JobSerializer,
)

CANCEL_AFTER = OpenApiParameter(
    deadlines.HEADER,
    str,
    OpenApiParameter.HEADER,
    description="After this long, waiting or running, the job is canceled with the error code `deadline_exceeded`; "
    "pictures that are finished are kept. 5 seconds to 24 hours, as `90`, `90s`, `5m` or `1h30m`.",
)


class Jobs(Endpoint):
    """The caller's jobs."""

    permissions_by_method = {"POST": CanGenerate}

    @extend_schema(
        operation_id="list_jobs",
        summary="List your jobs",
        description="Newest first. Scope `read`.",
        tags=["jobs"],
        parameters=page_parameters(),
        responses=page_schema(JobSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, _jobs_of(person_of(request)))
        return Response(page.body(shown(JobSerializer, page.rows, viewer=request.user, many=True)))

    @extend_schema(
        operation_id="create_job",
        summary="Make pictures",
        description="Queues a job and answers at once; GET it, watch `urls.events`, or send `Prefer: wait=60` to "
        "hold the answer until it has ended. Each picture in `works` can be minted. Scope `generate`.",
        tags=["jobs"],
        parameters=[*making_parameters(), CANCEL_AFTER],
        request=JobRequestSerializer,
        responses={201: JobSerializer, 200: JobSerializer},
        examples=examples.JOB,
    )
    def post(self, request: Request) -> Response:
        wish = validated_body(request, JobRequestSerializer)
        cancel_after = _cancel_after(request)
        body = wish if cancel_after is None else {**wish, "cancel_after": cancel_after.total_seconds()}
        return job_made(request, body, "jobs", lambda: _submitted(request, wish, cancel_after))


def _submitted(request: Request, wish: dict[str, Any], cancel_after: timedelta | None) -> Job:
    person, key = person_of(request), key_in(request)
    return services.submit_job(person=person, key=key, cancel_after=cancel_after, **_typed(wish))


def _typed(wish: dict[str, Any]) -> dict[str, Any]:
    """What the service takes: exact decimals where JSON has floats."""
    floats = {name for name in ("guidance_scale", "strength") if wish.get(name) is not None}
    return {**wish, **{name: Decimal(str(wish[name])) for name in floats}}


def _cancel_after(request: Request) -> timedelta | None:
    text = request.headers.get(deadlines.HEADER)
    return None if text is None else deadlines.duration_of(text)


class OneJob(Endpoint):
    """One of the caller's jobs."""

    @extend_schema(operation_id="get_job", summary="Get a job", tags=["jobs"], responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(job_json(_own_job(person_of(request), job_id).pk, viewer=request.user))


class JobPreview(Endpoint):
    """What a picture looks like while it forms."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - DRF's
        """Whoever wants a picture need not accept JSON, in which only the errors are."""
        del force
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="get_job_preview",
        summary="See a picture forming",
        description="A small WebP of a picture that is being drawn now, marked as AI-made; about two a second, "
        "kept for a minute. `urls.preview` of the job changes with each new one.",
        tags=["jobs"],
        parameters=[
            OpenApiParameter("index", int, description="which picture of the job, from 0; the latest by default"),
            OpenApiParameter("step", int, description="not looked at: it makes each preview's address its own"),
        ],
        responses={(200, "image/webp"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, job_id: UUID) -> HttpResponse:
        job = _own_job(person_of(request), job_id)
        image = find_preview(job=job, index=_picture_index(request))
        if image is None:
            raise NoPreview("There is no preview now: nothing of this is being drawn, or it has just begun.")
        response = HttpResponse(image, content_type="image/webp")
        response["Cache-Control"] = "private, max-age=60"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def _picture_index(request: Request) -> int | None:
    text = request.query_params.get("index")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise InvalidInput.for_field("index", "`index` is the picture's place in its job: 0, 1, …")
    return int(text)


class CancelJob(Endpoint):
    """Canceling."""

    permissions_by_method = {"POST": CanGenerate}

    @extend_schema(
        operation_id="cancel_job",
        summary="Cancel a job",
        description="A waiting job is canceled at once, a running one after its current step; pictures that are "
        "finished are kept. Scope `generate`.",
        tags=["jobs"],
        request=None,
        responses=JobSerializer,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        job = services.cancel_job(job=_own_job(person_of(request), job_id))
        return Response(job_json(job.pk, viewer=request.user))


class RetryJob(Endpoint):
    """Trying again."""

    permissions_by_method = {"POST": CanGenerate}

    @extend_schema(
        operation_id="retry_job",
        summary="Try a failed or canceled job again",
        description="Pictures it already has are kept. Scope `generate`.",
        tags=["jobs"],
        request=None,
        responses=JobSerializer,
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        job = services.retry_job(job=_own_job(person_of(request), job_id))
        return Response(job_json(job.pk, viewer=request.user))


def _jobs_of(person: Person) -> QuerySet[Job]:
    return with_works(Job.objects.of(person))


def _own_job(person: Person, job_id: UUID) -> Job:
    """The caller's job. Raises JobNotFound for somebody else's, too: its existence is nobody's business."""
    job = Job.objects.of(person).filter(pk=job_id).first()
    if job is None:
        raise JobNotFound("You have no job with this id.")
    return job


def _job_source(person: Person, job_id: UUID) -> Source:
    _own_job(person, job_id)

    def fingerprint() -> tuple[int, int | None]:
        job = Job.objects.only("status", "revision").get(pk=job_id)
        standing = recent_forecast().standing(job)
        return job.revision, standing.place if standing else None

    def state() -> State:
        job = with_works(Job.objects.all()).get(pk=job_id)
        body = shown(JobSerializer, job, viewer=person)
        return State(revision=job.revision, body=body, is_final=job.status in ENDED)

    return Source(channel=f"job:{job_id}", fingerprint=fingerprint, state=state)


job_events = event_view(_job_source)
