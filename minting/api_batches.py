"""REST endpoints of batches of mints."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint, made_response
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.permissions import CanMint, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters
from minting import examples
from minting.api import ENDED
from minting.batches import Wish, request_mints
from minting.models import Mint
from minting.querysets import mint_batch_for, mints_with_everything
from minting.royalties import wish_of
from minting.serializers.mints import MintBatchRequestSerializer, MintBatchSerializer, MintSerializer


class MintBatches(Endpoint):
    """Many mints at once."""

    permissions_by_method = {"POST": CanMint}

    @extend_schema(
        operation_id="create_mint_batch",
        summary="Mint many works",
        description="Up to 100 mints in one request: all are requested, or, when one of them cannot be, none, and "
        "`errors` names each item at fault (`mints[3].work`). Each mint then goes its own way. Scope `mint`.",
        tags=["mints"],
        parameters=making_parameters(),
        request=MintBatchRequestSerializer,
        responses={201: MintBatchSerializer, 200: MintBatchSerializer},
        examples=examples.BATCH,
    )
    def post(self, request: Request) -> Response:
        person, body = person_of(request), validated_body(request, MintBatchRequestSerializer)
        outcome = make_once(
            person=person,
            route="mints/batch",
            key=request.headers.get(HEADER),
            body=body,
            make=lambda: (
                request_mints(
                    person=person, wishes=[_wish(**wish) for wish in body["mints"]], api_key=key_in(request)
                ).pk
            ),
        )
        open_mints = Mint.objects.filter(batch=outcome.object_id).exclude(status__in=ENDED)
        return made_response(
            request,
            outcome,
            location=endpoint("mints", "batch", outcome.object_id),
            has_ended=lambda: not open_mints.exists(),
            body=lambda: _json(person, outcome.object_id),
        )


class OneMintBatch(Endpoint):
    """One of the caller's batches."""

    @extend_schema(
        operation_id="get_mint_batch", summary="Get a batch of mints", tags=["mints"], responses=MintBatchSerializer
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        return Response(_json(person_of(request), batch_id))


def _wish(*, royalty: dict[str, Any] | None = None, **place: Any) -> Wish:  # noqa: ANN401 - checked by the serializer
    return Wish(royalty=wish_of(royalty), **place)


def _json(person: Person, batch_id: UUID) -> dict[str, Any]:
    batch = mint_batch_for(person=person, batch_id=batch_id)
    mints = mints_with_everything().filter(batch=batch).order_by("id")
    return {
        "id": str(batch.pk),
        "mints": MintSerializer(mints, many=True).data,
        "created_at": batch.created_at.isoformat().replace("+00:00", "Z"),
    }
