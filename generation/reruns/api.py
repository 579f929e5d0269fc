"""REST endpoints of re-runs, under the work that they are about."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.endpoints import Endpoint, made_response
from api.errors import NotFound
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.pagination import page_of
from api.permissions import AnybodyCanRead, CanGenerate, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from generation.errors import WorkNotFound
from generation.models import Job, Rerun, Work
from generation.reruns.asking import ask_for_rerun
from generation.reruns.serializers import RerunRequestSerializer, RerunSerializer
from provenance.digests import from_hex


class RerunNotFound(NotFound):
    """No such re-run of this work."""

    code = "rerun_not_found"


class Reruns(Endpoint):
    """The re-runs of a work."""

    permissions_by_method = {"GET": AnybodyCanRead, "POST": CanGenerate}

    @extend_schema(
        operation_id="list_reruns",
        summary="List a work's re-runs",
        description="Newest first, with their signed records. Public, for works that everybody may see.",
        tags=["works"],
        parameters=page_parameters(),
        responses=page_schema(RerunSerializer),
    )
    def get(self, request: Request, work_id: UUID) -> Response:
        page = page_of(request, _reruns_of(_visible_work(request, work_id)))
        return Response(page.body(RerunSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="create_rerun",
        summary="Have a work run again",
        description="A worker follows the recipe again, whole (`reproduce`) or one step of it (`audit`), and signs "
        "what came out. It counts like a picture of your own. For the work's maker and for curators. 409 when it "
        "cannot be run here: `not_reproducible`, `not_auditable`, `rerun_under_way`. Scope `generate`.",
        tags=["works"],
        parameters=making_parameters(),
        request=RerunRequestSerializer,
        responses={201: RerunSerializer, 200: RerunSerializer},
    )
    def post(self, request: Request, work_id: UUID) -> Response:
        person, work = person_of(request), _visible_work(request, work_id)
        wish = validated_body(request, RerunRequestSerializer)
        outcome = make_once(
            person=person,
            route=f"works/{work_id}/reruns",
            key=request.headers.get(HEADER),
            body=wish,
            make=lambda: ask_for_rerun(person=person, work=work, key=key_in(request), **_typed(wish)).pk,
        )
        rerun = Rerun.objects.filter(pk=outcome.object_id)
        return made_response(
            request,
            outcome,
            location=endpoint("works", work_id, "reruns", outcome.object_id),
            has_ended=lambda: not Job.objects.in_flight().filter(rerun__in=rerun).exists(),
            body=lambda: RerunSerializer(_with_all(rerun).get()).data,
        )


class OneRerun(Endpoint):
    """One re-run of a work."""

    permissions_by_method = {"GET": AnybodyCanRead}

    @extend_schema(
        operation_id="get_rerun", summary="Get a re-run of a work", tags=["works"], responses=RerunSerializer
    )
    def get(self, request: Request, work_id: UUID, rerun_id: UUID) -> Response:
        rerun = _reruns_of(_visible_work(request, work_id)).filter(pk=rerun_id).first()
        if rerun is None:
            raise RerunNotFound("This work has no re-run with this id.")
        return Response(RerunSerializer(rerun).data)


def _typed(wish: dict[str, Any]) -> dict[str, Any]:
    return {**wish, **({"nonce": from_hex(wish["nonce"])} if "nonce" in wish else {})}


def _reruns_of(work: Work) -> QuerySet[Rerun]:
    return _with_all(work.reruns.all())


def _with_all(reruns: QuerySet[Rerun]) -> QuerySet[Rerun]:
    return reruns.select_related("job", "record")


def _visible_work(request: Request, work_id: UUID) -> Work:
    works = Work.objects.visible_to(request.user).select_related("job", "model", "trajectory")
    work = works.filter(pk=work_id).first()
    if work is None:
        raise WorkNotFound("There is no work with this id that you can see.")
    return work
