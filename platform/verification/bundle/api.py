"""REST endpoints of exports."""

from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.endpoints import Endpoint
from api.permissions import AnybodyCanRead
from api.requests import person_of
from generation.errors import WorkNotFound
from generation.models import Work
from verification.bundle.views import one_work, zip_response

ZIP = {(200, "application/zip"): OpenApiTypes.BINARY}


class ExportOwn(Endpoint):
    """Everything that is the caller's."""

    @extend_schema(
        operation_id="export_works",
        summary="Export all your works",
        description="A zip, built while it is sent: pictures, recipes, attestations, token descriptions, and a "
        "stand-alone verifier (`python3 verify.py`) that checks them without this platform. Your private prompts are "
        "in it, with the salts that open their commitments. Scope `read`.",
        tags=["works"],
        responses=ZIP,
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        person = person_of(request)
        return zip_response(Work.objects.filter(person=person), name="works", with_private_prompts=True)


class ExportWork(Endpoint):
    """One work."""

    permissions_by_method = {"GET": AnybodyCanRead}

    @extend_schema(
        operation_id="export_work",
        summary="Export a work",
        description="The same as a zip of one work. Public, for works that everybody may see.",
        tags=["works"],
        responses=ZIP,
    )
    def get(self, request: Request, work_id: UUID) -> StreamingHttpResponse:
        work = Work.objects.visible_to(request.user).filter(pk=work_id).first()
        if work is None:
            raise WorkNotFound("There is no work with this id that you can see.")
        return one_work(work, caller=request.user.pk)
