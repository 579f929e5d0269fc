"""REST endpoints of verification: anybody may ask, without signing in."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.errors import InvalidInput
from api.serializers import ProblemSerializer
from api.throttling import Reads, Writes
from provenance.digests import from_hex
from verification import services
from verification.naming import content_hash_named
from verification.pictures import check_size

LAYERS = (
    "content_hash",
    "pixel_hash",
    "c2pa",
    "attestation",
    "recipe",
    "reexecution",
    "watermark",
    "look_alikes",
    "chain",
    "metadata",
)
FORM_OVERHEAD = 65_536
"""bytes of a multipart body around its file, generously"""


class LayerSerializer(serializers.Serializer[services.Layer]):
    """One check on its own."""

    name = serializers.ChoiceField(choices=LAYERS)
    state = serializers.ChoiceField(choices=["holds", "does_not_hold", "cannot_be_told"])
    code = serializers.CharField(help_text="stable, for programs")
    sentence = serializers.CharField(help_text="for people")
    facts = serializers.DictField(help_text="the values that were compared")


class TokenCollectionSerializer(serializers.Serializer[Any]):
    """The collection a token is in."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    chain_id = serializers.IntegerField()


class VerifiedTokenSerializer(serializers.Serializer[Any]):
    """A token as the chain described it just now."""

    collection = TokenCollectionSerializer()
    token_id = serializers.CharField(help_text="decimal; the SHA-256 of the picture's file as a number")
    owner = serializers.CharField()
    token_uri = serializers.CharField()
    block_number = serializers.IntegerField(help_text="the block this was read at")
    confirmations = serializers.IntegerField(allow_null=True)
    transaction_hash = serializers.CharField(allow_null=True)


class ReportSerializer(serializers.Serializer[services.Report]):
    """What could be shown, layer by layer, and a verdict that claims no more than that."""

    verdict = serializers.ChoiceField(choices=["is_token", "is_work", "same_pixels", "copy", "resembles", "unknown"])
    sentence = serializers.CharField()
    content_hash = serializers.CharField()
    work_id = serializers.UUIDField(allow_null=True)
    token = VerifiedTokenSerializer(allow_null=True)
    layers = LayerSerializer(many=True)


class UploadSerializer(serializers.Serializer[Any]):
    """A picture's own file, whole."""

    file = serializers.FileField(allow_empty_file=True)


class ContentHashes(APIView):
    """What is known under a SHA-256."""

    authentication_classes = []
    permission_classes = [permissions.AllowAny]
    throttle_classes = [Reads]

    @extend_schema(
        operation_id="verify_content_hash",
        summary="Check a content hash",
        description="What is recorded under the SHA-256 of a file, here and on the chain. The file is not needed.",
        tags=["verify"],
        parameters=[
            OpenApiParameter(
                "content_hash", str, OpenApiParameter.PATH, description="64 hexadecimal digits, with or without 0x"
            )
        ],
        responses={200: ReportSerializer, 422: ProblemSerializer},
    )
    def get(self, request: Request, content_hash: str) -> Response:  # noqa: ARG002 - DRF's signature
        try:
            digest = from_hex(content_hash)
        except ValueError:
            digest = b""
        return Response(ReportSerializer(services.verify_content_hash(digest)).data)


class Files(APIView):
    """What a file's exact bytes show, or what something names."""

    authentication_classes = []
    permission_classes = [permissions.AllowAny]
    # Decoding a picture costs more than reading a row.
    throttle_classes = [Writes]
    parser_classes = [parsers.MultiPartParser]

    @extend_schema(
        operation_id="verify_name",
        summary="Check what something names",
        description="A token's id, `eip155:1/erc721:0x…/123`, a transaction's hash, a SHA-256 (of a file, of pixels, "
        "of a recipe), an IPFS address, a work's id, or the address of a page that has one of these in it.",
        tags=["verify"],
        parameters=[OpenApiParameter("q", str, required=True, description="what names the work or token")],
        responses={200: ReportSerializer, 422: ProblemSerializer},
    )
    def get(self, request: Request) -> Response:
        digest = content_hash_named(request.query_params.get("q", ""))
        return Response(ReportSerializer(services.verify_content_hash(digest)).data)

    @extend_schema(
        operation_id="verify_file",
        summary="Check a file",
        description="Send a PNG, JPEG or WebP file as the form field `file`. It is checked and forgotten.",
        tags=["verify"],
        request={"multipart/form-data": UploadSerializer},
        responses={200: ReportSerializer, 413: ProblemSerializer, 422: ProblemSerializer},
    )
    def post(self, request: Request) -> Response:
        _refuse_before_reading(request)
        upload = request.FILES.get("file")
        if upload is None:
            raise InvalidInput.for_field(
                "file", "Send the picture as the form field `file`, as multipart/form-data.", code="required"
            )
        check_size(upload.size or 0)
        return Response(ReportSerializer(services.verify_file(upload.read())).data)


def _refuse_before_reading(request: Request) -> None:
    """Raise InvalidInput from the announced length alone, before the body is taken in."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdecimal() and int(announced) > settings.VERIFY_UPLOAD_MAX_BYTES + FORM_OVERHEAD:
        check_size(int(announced))
