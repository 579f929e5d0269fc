"""REST endpoints of uploads that pictures are made from."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint
from api.errors import InvalidInput
from api.links import endpoint
from api.pagination import page_of
from api.permissions import CanGenerate
from api.requests import person_of
from api.schema import page_parameters, page_schema
from generation import source_images
from generation.errors import ImageNotFound
from generation.files import SANDBOX
from generation.models import SourceImage
from generation.serializers import SourceImageSerializer
from generation.storage import read_bytes

FORM_OVERHEAD = 65_536
"""bytes of a multipart body around its file, generously"""


class ImageUploadSerializer(serializers.Serializer[Any]):
    """A picture's own file, whole."""

    file = serializers.FileField(allow_empty_file=True)


class Images(Endpoint):
    """The caller's uploads."""

    permissions_by_method = {"POST": CanGenerate}
    parser_classes = [parsers.MultiPartParser]

    @extend_schema(
        operation_id="list_images",
        summary="List your uploads",
        description="Newest first. Scope `read`.",
        tags=["images"],
        parameters=page_parameters(),
        responses=page_schema(SourceImageSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, SourceImage.objects.filter(person=person_of(request)).select_related("file"))
        return Response(page.body(SourceImageSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="upload_image",
        summary="Upload a picture to start from",
        description="Send a PNG, JPEG or WebP file as the form field `file`. Its pixels are kept, upright and "
        "without metadata; only you see it. The same picture again is the same upload. Scope `generate`.",
        tags=["images"],
        request={"multipart/form-data": ImageUploadSerializer},
        responses={201: SourceImageSerializer},
    )
    def post(self, request: Request) -> Response:
        _refuse_before_reading(request)
        upload = request.FILES.get("file")
        if upload is None:
            detail = "Send the picture as the form field `file`, as multipart/form-data."
            raise InvalidInput.for_field("file", detail, code="required")
        source_images.check_size(upload.size or 0)
        image = source_images.keep_image(person=person_of(request), data=upload.read())
        headers = {"Location": endpoint("images", image.pk)}
        return Response(SourceImageSerializer(image).data, status=201, headers=headers)


class OneImage(Endpoint):
    """One of the caller's uploads."""

    permissions_by_method = {"DELETE": CanGenerate}

    @extend_schema(
        operation_id="get_image", summary="Get an upload", tags=["images"], responses=SourceImageSerializer
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        return Response(SourceImageSerializer(_own_image(person_of(request), image_id)).data)

    @extend_schema(
        operation_id="delete_image",
        summary="Forget an upload",
        description="Possible while no picture was made from it. Scope `generate`.",
        tags=["images"],
        responses={204: None},
    )
    def delete(self, request: Request, image_id: UUID) -> Response:
        source_images.delete_image(image=_own_image(person_of(request), image_id))
        return Response(status=204)


class ImageFile(Endpoint):
    """The pixels of one of the caller's uploads."""

    @extend_schema(
        operation_id="get_image_file",
        summary="Get an upload's pixels",
        tags=["images"],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponse:
        image = _own_image(person_of(request), image_id)
        response = HttpResponse(read_bytes(image.file), content_type=image.file.media_type)
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = SANDBOX
        return response


def _own_image(person: Person, image_id: UUID) -> SourceImage:
    """The caller's upload. Raises ImageNotFound for somebody else's, too."""
    image = SourceImage.objects.filter(person=person, pk=image_id).select_related("file").first()
    if image is None:
        raise ImageNotFound("You have no upload with this id.")
    return image


def _refuse_before_reading(request: Request) -> None:
    """Raise InvalidInput from the announced length alone, before the body is taken in."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdecimal() and int(announced) > settings.SOURCE_IMAGE_MAX_BYTES + FORM_OVERHEAD:
        source_images.check_size(int(announced))
