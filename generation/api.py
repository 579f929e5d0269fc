"""REST endpoints of generation: models, jobs and works."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint, made_response
from api.errors import InvalidInput
from api.events import Source, State
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.pagination import page_of
from api.permissions import AnybodyCanRead, CanGenerate, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from api.streaming import event_view
from generation import deadlines, derived, examples, listing, services
from generation.errors import JobNotFound, NoPreview, WorkNotFound
from generation.job_previews import find_preview
from generation.listing import with_all_that_is_shown, works_asked_for
from generation.models import Adapter, DiffusionModel, Job, Work
from generation.queue.forecast import recent_forecast
from generation.serializers import (
    AdapterSerializer,
    DiffusionModelSerializer,
    JobRequestSerializer,
    JobSerializer,
    UpscaleRequestSerializer,
    VariationRequestSerializer,
    WorkSerializer,
)

CANCEL_AFTER = OpenApiParameter(
    deadlines.HEADER,
    str,
    OpenApiParameter.HEADER,
    description="After this long, waiting or running, the job is canceled with the error code `deadline_exceeded`; "
    "pictures that are finished are kept. 5 seconds to 24 hours, as `90`, `90s`, `5m` or `1h30m`.",
)
ENDED = {Job.Status.SUCCEEDED, Job.Status.FAILED, Job.Status.CANCELED}


class Models(Endpoint):
    """The models that pictures can be made with."""

    permissions_by_method = {"GET": AllowAny}

    @extend_schema(
        operation_id="list_models",
        summary="List the models",
        description="`is_default` marks the one that jobs use when they name none. Public.",
        tags=["models"],
        parameters=page_parameters(),
        responses=page_schema(DiffusionModelSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, DiffusionModel.objects.filter(enabled=True))
        return Response(page.body(DiffusionModelSerializer(page.rows, many=True).data))


class Adapters(Endpoint):
    """The adapters that go on top of models."""

    permissions_by_method = {"GET": AllowAny}

    @extend_schema(
        operation_id="list_adapters",
        summary="List the adapters",
        description="A job names up to four of its model's family. Public.",
        tags=["models"],
        parameters=page_parameters(),
        responses=page_schema(AdapterSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, Adapter.objects.filter(enabled=True))
        return Response(page.body(AdapterSerializer(page.rows, many=True).data))


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
        return Response(page.body(_shown(JobSerializer, page.rows, viewer=request.user, many=True)))

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
        return _job_made(request, body, "jobs", lambda: _submitted(request, wish, cancel_after))


def _submitted(request: Request, wish: dict[str, Any], cancel_after: timedelta | None) -> Job:
    person, key = person_of(request), key_in(request)
    return services.submit_job(person=person, key=key, cancel_after=cancel_after, **_typed(wish))


def _job_made(request: Request, body: dict[str, Any], route: str, make: Callable[[], Job]) -> Response:
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


class Works(Endpoint):
    """Works of the gallery, or the caller's own."""

    permissions_by_method = {"GET": AnybodyCanRead}

    @extend_schema(
        operation_id="list_works",
        summary="List works",
        description="Newest first: the public gallery, with `scope=mine` your own, hidden and rejected ones too, or "
        "with `scope=favourites` those you marked. The gallery needs no key; a key needs the scope `read`.",
        tags=["works"],
        parameters=[*listing.PARAMETERS, *page_parameters()],
        responses=page_schema(WorkSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, with_all_that_is_shown(works_asked_for(request)))
        return Response(page.body(_shown(WorkSerializer, page.rows, viewer=request.user, many=True)))


class OneWork(Endpoint):
    """One work."""

    permissions_by_method = {"GET": AnybodyCanRead}

    @extend_schema(
        operation_id="get_work",
        summary="Get a work",
        description="Hidden and rejected works are there for their maker and for curators only.",
        tags=["works"],
        responses=WorkSerializer,
    )
    def get(self, request: Request, work_id: UUID) -> Response:
        works = Work.objects.visible_to(request.user)
        work = with_all_that_is_shown(works).filter(pk=work_id).first()
        if work is None:
            raise WorkNotFound("There is no work with this id that you can see.")
        return Response(_shown(WorkSerializer, work, viewer=request.user))


class Variations(Endpoint):
    """Variations of a work."""

    permissions_by_method = {"POST": CanGenerate}

    @extend_schema(
        operation_id="vary_work",
        summary="Make variations of a work",
        description="Queues a job that starts from the work's picture and changes it, a little or a lot, "
        "with its model, its words and a new seed. The work may be anybody's that you can see. Scope `generate`.",
        tags=["works"],
        parameters=making_parameters(),
        request=VariationRequestSerializer,
        responses={201: JobSerializer, 200: JobSerializer},
    )
    def post(self, request: Request, work_id: UUID) -> Response:
        person, wish = person_of(request), validated_body(request, VariationRequestSerializer)
        work = _visible_work(person, work_id)
        route = f"works/{work_id}/variations"
        return _job_made(
            request, wish, route, lambda: derived.vary_work(person=person, work=work, key=key_in(request), **wish)
        )


class Upscale(Endpoint):
    """A work at twice its size."""

    permissions_by_method = {"POST": CanGenerate}

    @extend_schema(
        operation_id="upscale_work",
        summary="Enlarge a work to twice its size",
        description="Queues a job that enlarges the work's picture and has its model draw the detail. 422 when the "
        "model cannot draw so large a picture. Scope `generate`.",
        tags=["works"],
        parameters=making_parameters(),
        request=UpscaleRequestSerializer,
        responses={201: JobSerializer, 200: JobSerializer},
    )
    def post(self, request: Request, work_id: UUID) -> Response:
        person, wish = person_of(request), validated_body(request, UpscaleRequestSerializer)
        work = _visible_work(person, work_id)
        route = f"works/{work_id}/upscale"
        return _job_made(
            request, wish, route, lambda: derived.upscale_work(person=person, work=work, key=key_in(request), **wish)
        )


def _visible_work(person: Person, work_id: UUID) -> Work:
    work = Work.objects.visible_to(person).select_related("job", "model").filter(pk=work_id).first()
    if work is None:
        raise WorkNotFound("There is no work with this id that you can see.")
    return work


def _jobs_of(person: Person) -> QuerySet[Job]:
    return _with_works(Job.objects.of(person))


def _with_works(jobs: QuerySet[Job]) -> QuerySet[Job]:
    works = with_all_that_is_shown(Work.objects.order_by("index"))
    return jobs.select_related("model").prefetch_related(Prefetch("works", queryset=works))


def _own_job(person: Person, job_id: UUID) -> Job:
    """The caller's job. Raises JobNotFound for somebody else's, too: its existence is nobody's business."""
    job = Job.objects.of(person).filter(pk=job_id).first()
    if job is None:
        raise JobNotFound("You have no job with this id.")
    return job


def job_json(job_id: UUID, *, viewer: Person | AnonymousUser) -> dict[str, Any]:
    """The job as GET gives it."""
    shown: dict[str, Any] = _shown(JobSerializer, _with_works(Job.objects.all()).get(pk=job_id), viewer=viewer)
    return shown


def _shown(serializer: Any, value: object, *, viewer: object, many: bool = False) -> Any:  # noqa: ANN401 - serializers share no typed shape
    return serializer(value, many=many, context={"viewer": viewer}).data


def _job_source(person: Person, job_id: UUID) -> Source:
    _own_job(person, job_id)

    def fingerprint() -> tuple[int, int | None]:
        job = Job.objects.only("status", "revision").get(pk=job_id)
        standing = recent_forecast().standing(job)
        return job.revision, standing.place if standing else None

    def state() -> State:
        job = _with_works(Job.objects.all()).get(pk=job_id)
        body = _shown(JobSerializer, job, viewer=person)
        return State(revision=job.revision, body=body, is_final=job.status in ENDED)

    return Source(channel=f"job:{job_id}", fingerprint=fingerprint, state=state)


job_events = event_view(_job_source)
