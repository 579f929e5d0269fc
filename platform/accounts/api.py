"""REST endpoints of accounts: who am I, and signing in with a wallet."""

from django.conf import settings
from django.contrib.auth import login
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.serializers import ChallengeSerializer, PersonSerializer, WalletProofSerializer, WalletSerializer
from api.errors import InvalidInput
from api.permissions import CanRead, SignedIn
from api.requests import person_of, validated_body
from api.serializers import ProblemSerializer
from api.throttling import Reads, SignIns, Writes

ANY_CHAIN = 1
"""EIP-4361 asks for a chain id even where no chain is configured; Ethereum's own then"""


class Me(APIView):
    """The caller."""

    permission_classes = [CanRead]
    throttle_classes = [Reads]

    @extend_schema(operation_id="get_me", summary="Who is calling", tags=["me"], responses=PersonSerializer)
    def get(self, request: Request) -> Response:
        return Response(PersonSerializer(person_of(request), context={"request": request}).data)


class MyWallets(APIView):
    """The caller's wallets."""

    permission_classes = [SignedIn]
    throttle_classes = [Writes]

    @extend_schema(
        operation_id="link_wallet",
        summary="Link a wallet",
        description="Takes a signed sign-in message, as `POST /sign-in/wallet` does, and adds the wallet to the "
        "signed-in person. For browsers: a key cannot do this.",
        tags=["me"],
        request=WalletProofSerializer,
        responses={201: WalletSerializer},
    )
    def post(self, request: Request) -> Response:
        proof = validated_body(request, WalletProofSerializer)
        wallet = services.link_wallet(person=person_of(request), domain=request.get_host(), **proof)
        return Response(WalletSerializer(wallet).data, status=201)


class SignInChallenges(APIView):
    """The first half of Sign-In with Ethereum."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [SignIns]

    @extend_schema(
        operation_id="get_sign_in_challenge",
        summary="Ask for a nonce to sign in with a wallet",
        tags=["sign-in"],
        parameters=[OpenApiParameter("chain_id", int, description="one of the site's chains; the first by default")],
        responses=ChallengeSerializer,
    )
    def get(self, request: Request) -> Response:
        challenge = services.issue_challenge(
            domain=request.get_host(), chain_id=_chain_id(request.query_params.get("chain_id"))
        )
        response = Response(ChallengeSerializer(challenge, context={"request": request}).data)
        response["Cache-Control"] = "no-store"
        return response


class SignInWithWallet(APIView):
    """The second half."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [SignIns]

    @extend_schema(
        operation_id="sign_in_with_wallet",
        summary="Sign in with a wallet",
        description="Takes the EIP-4361 message made from a challenge, with the wallet's signature, and starts a "
        "browser session (a cookie). A wallet seen for the first time makes a new person.",
        tags=["sign-in"],
        request=WalletProofSerializer,
        responses={200: PersonSerializer, 401: ProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        proof = validated_body(request, WalletProofSerializer)
        person = services.sign_in_with_wallet(domain=request.get_host(), **proof)
        login(request._request, person, backend="django.contrib.auth.backends.ModelBackend")  # noqa: SLF001 - the session is Django's
        return Response(PersonSerializer(person, context={"request": request}).data)


def _chain_id(text: str | None) -> int:
    known = [chain.chain_id for chain in settings.CHAINS] or [ANY_CHAIN]
    if not text:
        return known[0]
    if text not in {str(chain_id) for chain_id in known}:
        detail = f"This site knows no chain {text[:20]}. It knows: {', '.join(map(str, known))}."
        raise InvalidInput.for_field("chain_id", detail, code="unknown_chain")
    return int(text)
