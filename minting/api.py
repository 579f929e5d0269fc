"""REST endpoints of mints."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from accounts.querysets import first_wallet_address
from api.endpoints import Endpoint, made_response
from api.errors import InvalidInput
from api.events import Source, State
from api.idempotency import HEADER, make_once
from api.links import endpoint
from api.models import ApiKey
from api.pagination import page_of
from api.permissions import CanMint, key_in
from api.requests import person_of, validated_body
from api.schema import making_parameters, page_parameters, page_schema
from api.streaming import event_view
from generation.errors import WorkNotFound
from generation.models import Job, Work
from minting import examples, services
from minting.cancelling import cancel_mint
from minting.errors import WorkNotMintable
from minting.heads import confirmations
from minting.models import Mint
from minting.querysets import collection_named, mint_for, mints_of, mints_with_everything
from minting.royalties import wish_of
from minting.serializers.mints import MintRequestSerializer, MintSerializer

ENDED = {Mint.Status.FINAL, Mint.Status.FAILED}


class Mints(Endpoint):
    """The caller's mints."""

    permissions_by_method = {"POST": CanMint}

    @extend_schema(
        operation_id="list_mints",
        summary="List your mints",
        description="Newest first. Scope `read`.",
        tags=["mints"],
        parameters=page_parameters(),
        responses=page_schema(MintSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, mints_of(person=person_of(request)))
        return Response(page.body(MintSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="create_mint",
        summary="Mint a work",
        description="Asks for the token of one of your works; the platform sends the transaction and pays for it. "
        "GET the mint, watch `urls.events`, or send `Prefer: wait=60`. It is yours for good when `status` is "
        "`final`. Scope `mint`.",
        tags=["mints"],
        parameters=making_parameters(),
        request=MintRequestSerializer,
        responses={201: MintSerializer, 200: MintSerializer},
        examples=examples.MINT,
    )
    def post(self, request: Request) -> Response:
        person, wish = person_of(request), validated_body(request, MintRequestSerializer)
        outcome = make_once(
            person=person,
            route="mints",
            key=request.headers.get(HEADER),
            body=wish,
            make=lambda: _request_mint(person, key_in(request), **wish).pk,
        )
        return made_response(
            request,
            outcome,
            location=endpoint("mints", outcome.object_id),
            has_ended=lambda: Mint.objects.filter(pk=outcome.object_id, status__in=ENDED).exists(),
            body=lambda: mint_json(outcome.object_id),
        )


def _request_mint(
    person: Person,
    api_key: ApiKey | None,
    *,
    work: UUID,
    to: str | None = None,
    collection: str | None = None,
    royalty: dict[str, Any] | None = None,
) -> Mint:
    return services.request_mint(
        person=person,
        work=work_to_mint(person, work),
        to=owner_of(person, to),
        collection=collection_named(collection) if collection else None,
        royalty=wish_of(royalty),
        api_key=api_key,
    )


def owner_of(person: Person, to: str | None) -> str:
    """Who is to own a token: whom the caller names, else the first wallet. Raises InvalidInput without either."""
    owner = to or first_wallet_address(person)
    if owner is None:
        raise InvalidInput.for_field(
            "to", "You have no linked wallet: say in `to` who shall own it.", code="required"
        )
    return owner


def work_to_mint(person: Person, work_id: UUID) -> Work:
    """The work to mint; whose it is, is the service's to judge.

    Raises WorkNotFound, and WorkNotMintable for the id of the caller's job.
    """
    work = Work.objects.filter(pk=work_id).first()
    if work is not None:
        return work
    if Job.objects.of(person).filter(pk=work_id).exists():
        detail = "This is the id of a job. Its `works` can be minted, one by one, once they are there."
        raise WorkNotMintable(detail, code="work_not_ready")
    raise WorkNotFound("There is no such work among yours. Only the maker of a work can mint it.")


class OneMint(Endpoint):
    """One of the caller's mints."""

    @extend_schema(operation_id="get_mint", summary="Get a mint", tags=["mints"], responses=MintSerializer)
    def get(self, request: Request, mint_id: UUID) -> Response:
        return Response(MintSerializer(mint_for(person=person_of(request), mint_id=mint_id)).data)


class RetryMint(Endpoint):
    """Trying again."""

    permissions_by_method = {"POST": CanMint}

    @extend_schema(
        operation_id="retry_mint",
        summary="Try a failed mint again",
        description="Scope `mint`.",
        tags=["mints"],
        request=None,
        responses=MintSerializer,
    )
    def post(self, request: Request, mint_id: UUID) -> Response:
        mint = mint_for(person=person_of(request), mint_id=mint_id)
        mint = services.retry_mint(mint=mint, api_key=key_in(request))
        return Response(mint_json(mint.pk))


class CancelMint(Endpoint):
    """Canceling."""

    permissions_by_method = {"POST": CanMint}

    @extend_schema(
        operation_id="cancel_mint",
        summary="Cancel a mint",
        description="Before it is sent, at once: it is `failed` with the code `canceled`. Afterwards a transaction "
        "that does nothing is sent in its place, and the mint ends as what was mined: `final` with its token and the "
        "code `canceled_too_late`, or `failed` with `canceled`. Refused when it stands in a block or shares its "
        "transaction with others. Scope `mint`.",
        tags=["mints"],
        request=None,
        responses=MintSerializer,
    )
    def post(self, request: Request, mint_id: UUID) -> Response:
        mint = cancel_mint(mint=mint_for(person=person_of(request), mint_id=mint_id))
        return Response(mint_json(mint.pk))


def mint_json(mint_id: UUID) -> dict[str, Any]:
    """The mint as GET gives it."""
    return dict(MintSerializer(mints_with_everything().get(pk=mint_id)).data)


def _mint_source(person: Person, mint_id: UUID) -> Source:
    mint_for(person=person, mint_id=mint_id)

    def fingerprint() -> tuple[int, int | None]:
        mint = Mint.objects.select_related("transaction", "collection").get(pk=mint_id)
        return mint.revision, confirmations(mint)

    def state() -> State:
        mint = mints_with_everything().get(pk=mint_id)
        body = dict(MintSerializer(mint).data)
        return State(revision=mint.revision, body=body, is_final=mint.status in ENDED)

    return Source(channel=f"mint:{mint_id}", fingerprint=fingerprint, state=state)


mint_events = event_view(_mint_source)
