"""REST endpoints of vouchers: somebody else's wallet mints, and pays."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint, made_response
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.models import ApiKey
from api.pagination import page_of
from api.permissions import CanMint, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from minting import examples, vouchers
from minting.api import owner_of, work_to_mint
from minting.models import Voucher
from minting.querysets import collection_named, voucher_for, vouchers_of
from minting.royalties import wish_of
from minting.serializers.vouchers import VoucherRequestSerializer, VoucherSerializer


class Vouchers(Endpoint):
    """The caller's vouchers."""

    permissions_by_method = {"POST": CanMint}

    @extend_schema(
        operation_id="list_vouchers",
        summary="List your vouchers",
        description="Newest first. Scope `read`.",
        tags=["vouchers"],
        parameters=page_parameters(),
        responses=page_schema(VoucherSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, vouchers_of(person=person_of(request)))
        return Response(page.body(VoucherSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="create_voucher",
        summary="Let a wallet mint a work",
        description="The platform signs that `to` may mint one of your works at `price`; any wallet may then send "
        "`transaction` and pays for it. The price waits in the contract for whoever gets the token's royalty. Asked "
        "again with the same terms, the same voucher is given while it is open. Scope `mint`.",
        tags=["vouchers"],
        parameters=making_parameters()[:1],
        request=VoucherRequestSerializer,
        responses={201: VoucherSerializer, 200: VoucherSerializer},
        examples=examples.VOUCHER,
    )
    def post(self, request: Request) -> Response:
        person, wish = person_of(request), validated_body(request, VoucherRequestSerializer)
        outcome = make_once(
            person=person,
            route="vouchers",
            key=request.headers.get(HEADER),
            body=wish,
            make=lambda: _issue(person, key_in(request), **wish).pk,
        )
        return made_response(
            request,
            outcome,
            location=endpoint("vouchers", outcome.object_id),
            has_ended=lambda: True,
            body=lambda: _json(person, outcome.object_id),
        )


class OneVoucher(Endpoint):
    """One of the caller's vouchers."""

    @extend_schema(
        operation_id="get_voucher", summary="Get a voucher", tags=["vouchers"], responses=VoucherSerializer
    )
    def get(self, request: Request, voucher_id: UUID) -> Response:
        return Response(_json(person_of(request), voucher_id))


class CancelVoucher(Endpoint):
    """Taking a voucher back."""

    permissions_by_method = {"POST": CanMint}

    @extend_schema(
        operation_id="cancel_voucher",
        summary="Take a voucher back",
        description="The platform has the contract refuse it, and pays for that. Until `status` is `canceled` it can "
        "still be used. It counts like a mint against your budget. Scope `mint`.",
        tags=["vouchers"],
        request=None,
        responses=VoucherSerializer,
    )
    def post(self, request: Request, voucher_id: UUID) -> Response:
        person = person_of(request)
        voucher = voucher_for(person=person, voucher_id=voucher_id)
        vouchers.cancel_voucher(voucher=voucher, payer=person, api_key=key_in(request))
        return Response(_json(person, voucher_id))


def _issue(
    person: Person,
    api_key: ApiKey | None,
    *,
    work: UUID,
    price: str,
    to: str | None = None,
    collection: str | None = None,
    deadline: datetime | None = None,
    royalty: dict[str, Any] | None = None,
) -> Voucher:
    return vouchers.issue_voucher(
        person=person,
        work=work_to_mint(person, work),
        to=owner_of(person, to),
        collection=collection_named(collection) if collection else None,
        price=int(price),
        deadline=deadline,
        royalty=wish_of(royalty),
        api_key=api_key,
    )


def _json(person: Person, voucher_id: UUID) -> dict[str, Any]:
    return dict(VoucherSerializer(voucher_for(person=person, voucher_id=voucher_id)).data)
