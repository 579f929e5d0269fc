"""Files as they are: stored files by their CID, byte for byte, and previews."""

import mimetypes
import re
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from generation.models import StoredFile

FOREVER = "public, max-age=31536000, immutable"
# What is opened from here must not act as a page of this site, whatever its bytes are.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"
PREVIEWS = "previews"
"""folder of the media storage that is open by path; everything else is reached by its CID"""
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@require_safe
def by_cid(request: HttpRequest, cid: str) -> HttpResponse:
    """A public stored file, exactly; single byte ranges (RFC 9110 §14) and conditional requests are honoured."""
    stored = get_object_or_404(StoredFile, cid=cid, is_public=True)
    etag = f'"{stored.cid}"'
    if etag in request.headers.get("If-None-Match", ""):
        return _described(HttpResponse(status=304), etag)
    wanted = _range(request, size=stored.size, etag=etag)
    if wanted is None:
        whole = HttpResponse(_bytes(stored.path, range(stored.size)), content_type=stored.media_type)
        return _described(whole, etag)
    if not wanted:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{stored.size}"
        return _described(refused, etag)
    part = HttpResponse(_bytes(stored.path, wanted), status=206, content_type=stored.media_type)
    part["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{stored.size}"
    return _described(part, etag)


def _described(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = FOREVER
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    # Pictures and metadata are for everybody: wallets and markets read them from their own pages.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _range(request: HttpRequest, *, size: int, etag: str) -> range | None:
    """The bytes asked for; empty when there are none such; None when the whole file is asked for."""
    condition = request.headers.get("If-Range")
    match = RANGE.fullmatch(request.headers.get("Range", ""))
    if not match or match.groups() == ("", "") or (condition and condition != etag):
        return None
    first, last = match.groups()
    # RFC 9110 §14.1.1: a range that ends before it begins is no range.
    if first and last and int(last) < int(first):
        return None
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(size, int(last) + 1 if last else size))


def _bytes(path: str, wanted: range) -> bytes:
    try:
        with default_storage.open(path) as file:
            file.seek(wanted.start)
            data: bytes = file.read(len(wanted))
    except FileNotFoundError as error:
        raise Http404("the file is not in the storage") from error
    return data


@require_safe
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """A preview of a work. Nothing else in the media storage is reachable by its path."""
    del request
    parts = PurePosixPath(name).parts
    if parts[:1] != (PREVIEWS,) or ".." in parts:
        raise Http404("no such preview")
    try:
        with default_storage.open(name) as file:
            response = HttpResponse(file.read(), content_type=mimetypes.guess_type(name)[0] or "image/webp")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, SuspiciousFileOperation) as error:
        raise Http404("no such preview") from error
    # Previews are named by a hash: the same name never means other bytes.
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response
