"""REST endpoints of models and adapters."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.endpoints import Endpoint
from api.pagination import page_of
from api.schema import page_parameters, page_schema
from generation.models import Adapter, DiffusionModel
from generation.serializers import (
    AdapterSerializer,
    DiffusionModelSerializer,
)


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
