"""REST endpoints of keys."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import services
from api.endpoints import Endpoint
from api.errors import NotFound
from api.models import ApiKey
from api.pagination import page_of
from api.permissions import SignedIn
from api.requests import person_of, validated_body
from api.schema import page_parameters, page_schema
from api.serializers import KeyRequestSerializer, KeySerializer, NewKeySerializer


class KeyNotFound(NotFound):
    """No such key, or somebody else's."""

    code = "key_not_found"


class Keys(Endpoint):
    """The caller's keys."""

    permissions_by_method = {"POST": SignedIn}

    @extend_schema(
        operation_id="list_keys",
        summary="List your keys",
        tags=["keys"],
        parameters=page_parameters(),
        responses=page_schema(KeySerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, ApiKey.objects.filter(person=person_of(request)))
        return Response(page.body(KeySerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="create_key",
        summary="Make a key",
        description="For a signed-in person: a key cannot make keys. The answer shows the key's text this once.",
        tags=["keys"],
        request=KeyRequestSerializer,
        responses={201: NewKeySerializer},
    )
    def post(self, request: Request) -> Response:
        wish = validated_body(request, KeyRequestSerializer)
        key, text = services.create_key(person=person_of(request), **wish)
        response = Response({**KeySerializer(key).data, "key": text}, status=201)
        response["Cache-Control"] = "no-store"
        return response


class OneKey(Endpoint):
    """One of the caller's keys."""

    permissions_by_method = {"DELETE": SignedIn}

    @extend_schema(
        operation_id="revoke_key",
        summary="Revoke a key",
        description="From then on it opens nothing. For a signed-in person. Revoking twice changes nothing.",
        tags=["keys"],
        responses={204: None},
    )
    def delete(self, request: Request, key_id: UUID) -> Response:
        key = ApiKey.objects.filter(person=person_of(request), pk=key_id).first()
        if key is None:
            raise KeyNotFound("You have no such key.")
        services.revoke_key(key=key)
        return Response(status=204)
