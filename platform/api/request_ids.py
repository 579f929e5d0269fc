"""Every request has an id, echoed in `X-Request-Id`, in problems and in the log."""

import re

from django.http import HttpRequest

from api.identifiers import new_id

HEADER = "X-Request-Id"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._\-]{1,128}")


def assign_request_id(request: HttpRequest) -> str:
    """The id the caller (or a proxy) gave, if it is harmless to log and echo, or a fresh one."""
    given = request.headers.get(HEADER, "")
    request_id = given if _ACCEPTABLE.fullmatch(given) else str(new_id())
    request.META["colophon.request_id"] = request_id
    return request_id


def request_id_of(request: HttpRequest) -> str:
    """The id assigned to this request."""
    return str(request.META.get("colophon.request_id") or assign_request_id(request))
