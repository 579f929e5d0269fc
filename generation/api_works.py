"""REST endpoints of works, and of what is made from them."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint
from api.pagination import page_of
from api.permissions import AnybodyCanRead, CanGenerate, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from generation import derived, listing
from generation.api_answers import job_made, shown
from generation.errors import WorkNotFound
from generation.listing import with_all_that_is_shown, works_asked_for
from generation.models import Work
from generation.serializers import (
    JobSerializer,
    UpscaleRequestSerializer,
    VariationRequestSerializer,
    WorkSerializer,
)


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
        return Response(page.body(shown(WorkSerializer, page.rows, viewer=request.user, many=True)))


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
        return Response(shown(WorkSerializer, work, viewer=request.user))


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
        return job_made(
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
        return job_made(
            request, wish, route, lambda: derived.upscale_work(person=person, work=work, key=key_in(request), **wish)
        )


def _visible_work(person: Person, work_id: UUID) -> Work:
    work = Work.objects.visible_to(person).select_related("job", "model").filter(pk=work_id).first()
    if work is None:
        raise WorkNotFound("There is no work with this id that you can see.")
    return work
