"""What the endpoints share: rights and limits by method, and the answer to a POST that makes something."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.idempotency import REPLAYED_HEADER, Outcome
from api.permissions import CanRead
from api.throttling import Reads, Writes
from api.waiting import asked_seconds, wait_until_ended


class Endpoint(APIView):
    """An address that asks for other rights, and counts against another limit, by method."""

    permissions_by_method: ClassVar[Mapping[str, type[BasePermission]]] = {}
    """methods that are not named ask for the scope `read`"""

    def get_permissions(self) -> list[BasePermission]:
        method = "GET" if self.request.method == "HEAD" else self.request.method
        return [self.permissions_by_method.get(method or "", CanRead)()]

    def get_throttles(self) -> list[BaseThrottle]:
        return [Reads() if self.request.method in {"GET", "HEAD", "OPTIONS"} else Writes()]


def made_response(
    request: Request,
    outcome: Outcome,
    *,
    location: str,
    has_ended: Callable[[], bool],
    body: Callable[[], Mapping[str, Any]],
) -> Response:
    """201 with `Location`, or 200 for a replay, after the wait that `Prefer: wait=N` asks for."""
    headers = {"Location": location}
    seconds = asked_seconds(request.headers.get("Prefer"))
    if seconds is not None and wait_until_ended(has_ended, seconds=seconds):
        headers["Preference-Applied"] = f"wait={seconds}"
    if outcome.replayed:
        headers[REPLAYED_HEADER] = "true"
    return Response(body(), status=200 if outcome.replayed else 201, headers=headers)
