"""Collections over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.endpoints import Endpoint, made_response
from api.errors import NotFound
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.pagination import page_of
from api.permissions import CanMint, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from minting import examples
from minting.creating import create_collection
from minting.models import Collection
from minting.querysets import listed_collections
from minting.serializers.collections import CollectionRequestSerializer, CollectionSerializer
from minting.shares import RoyaltyShare


class CollectionNotFound(NotFound):
    """No such collection."""

    code = "collection_not_found"


class Collections(Endpoint):
    """The collections."""

    permissions_by_method = {"GET": AllowAny, "POST": CanMint}

    @extend_schema(
        operation_id="list_collections",
        summary="List the collections",
        description="`is_default` marks the one that mints use when they name none. Public.",
        tags=["collections"],
        parameters=page_parameters(),
        responses=page_schema(CollectionSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, listed_collections())
        return Response(page.body(CollectionSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="create_collection",
        summary="Create a collection of your own",
        description="The platform has its factory make the contract and pays for it; `owner` is its admin from the "
        "first block on, and the platform may only mint. Its `address` is known at once; it can be minted in when "
        "`status` is `ready`. Scope `mint`.",
        tags=["collections"],
        parameters=making_parameters(),
        request=CollectionRequestSerializer,
        responses={201: CollectionSerializer, 200: CollectionSerializer},
        examples=examples.COLLECTION,
    )
    def post(self, request: Request) -> Response:
        person, wish = person_of(request), validated_body(request, CollectionRequestSerializer)
        shares = [RoyaltyShare(**share) for share in wish["royalty_shares"]]
        outcome = make_once(
            person=person,
            route="collections",
            key=request.headers.get(HEADER),
            body=wish,
            make=lambda: (
                create_collection(person=person, api_key=key_in(request), **{**wish, "royalty_shares": shares}).pk
            ),
        )
        deploying = Collection.objects.filter(pk=outcome.object_id, status=Collection.Status.DEPLOYING)
        return made_response(
            request,
            outcome,
            location=endpoint("collections", outcome.object_id),
            has_ended=lambda: not deploying.exists(),
            body=lambda: CollectionSerializer(Collection.objects.get(pk=outcome.object_id)).data,
        )


class OneCollection(Endpoint):
    """One collection."""

    permissions_by_method = {"GET": AllowAny}

    @extend_schema(
        operation_id="get_collection",
        summary="Get a collection",
        description="By its id. Public.",
        tags=["collections"],
        responses=CollectionSerializer,
    )
    def get(self, _request: Request, collection_id: UUID) -> Response:
        collection = Collection.objects.filter(pk=collection_id).first()
        if collection is None:
            raise CollectionNotFound("There is no collection with this id.")
        return Response(CollectionSerializer(collection).data)
