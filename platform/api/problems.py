"""Every error of the API in one shape: RFC 9457 `application/problem+json`."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.errors import BodyTooLarge, FieldError, Forbidden, InvalidInput, NotFound, Problem, Unauthorized, Unavailable
from api.request_ids import request_id_of
from api.throttling import tell_limit

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)


def problem_json(problem: Problem, *, request_id: str) -> dict[str, Any]:
    """The members of RFC 9457 §3.1, and ours: `code`, `errors`, `request_id`."""
    return {
        "type": f"urn:colophon:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"field": error.field, "code": error.code, "detail": error.detail} for error in problem.errors],
        "request_id": request_id,
        **problem.members,
    }


def problem_http_response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The problem as a plain Django response, for what runs outside DRF."""
    body = json.dumps(problem_json(problem, request_id=request_id_of(request)))
    response = HttpResponse(body, status=problem.status, content_type=MEDIA_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="colophon"'
    return response


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """The view of every address under `/api/` that leads nowhere, whatever the method."""
    return problem_http_response(NotFound("There is nothing at this address."), request)


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: one shape for whatever a view raises.

    An unforeseen error is left to Django, which logs it with its traceback; the middleware then gives it this shape.
    """
    problem = problem_of(error)
    if problem is None:
        return None
    if isinstance(problem, Unavailable):
        logger.warning("%s: %s", problem.code, error)
    set_rollback()
    body = problem_json(problem, request_id=request_id_of(context["request"]._request))  # noqa: SLF001 - DRF has no other way to Django's request
    response = Response(body, status=problem.status, content_type=MEDIA_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="colophon"'
    wait = getattr(error, "wait", None)
    if problem.limit is not None:
        tell_limit(context["request"], problem.limit)
        wait = problem.limit.reset
    if wait is not None:
        response["Retry-After"] = str(int(wait))
    return response


def problem_of(error: Exception) -> Problem | None:
    """What an exception means to the caller, or None for one nobody foresaw."""
    if isinstance(error, Problem):
        return error
    return next((make(error) for kinds, make in _MEANINGS if isinstance(error, kinds)), None)


def _titled(title: str, problem: Problem) -> Problem:
    problem.title = title
    return problem


def _of_framework(error: exceptions.APIException) -> Problem:
    """DRF's own errors, with its status and our words."""
    status = int(error.status_code)
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        return Unauthorized("Send a key as `Authorization: Bearer ck_…`, or sign in on the website.")
    code = {429: "too_many_requests"}.get(status, error.default_code)
    detail = " ".join(filter(None, [str(error.detail), _ADVICE.get(status)]))
    return _titled(HTTPStatus(status).phrase.capitalize(), Problem(detail, code=code, status=status))


_ADVICE = {
    405: "`Allow` lists the methods that this address answers to.",
    406: "This address answers in JSON: send `Accept: application/json`, or no `Accept` at all.",
    415: "The schema at /api/schema/ says which this address takes. Nothing was done.",
}


def _invalid_input(error: exceptions.ValidationError) -> InvalidInput:
    found = list(_field_errors(error.detail, path=""))
    detail = " ".join(f"{item.field}: {item.detail}" for item in found[:5])
    return InvalidInput(f"Nothing was done. {detail}", errors=found)


def _field_errors(detail: Any, *, path: str) -> Iterator[FieldError]:  # noqa: ANN401 - DRF nests lists and dicts at will
    """DRF's nested details, flattened: `scopes.0`, with the name `body` for the whole."""
    if isinstance(detail, Mapping):
        for name, value in detail.items():
            inner = "" if name == "non_field_errors" else str(name)
            yield from _field_errors(value, path=".".join(part for part in (path, inner) if part))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for value in detail:
            yield from _field_errors(value, path=path)
    else:
        yield FieldError(field=path or "body", code=getattr(detail, "code", "invalid"), detail=str(detail))


_MEANINGS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], Problem]], ...] = (
    (exceptions.ValidationError, _invalid_input),
    (exceptions.APIException, _of_framework),
    (Http404, lambda _: NotFound("There is nothing at this address, or it is not yours to see.")),
    (PermissionDenied, lambda _: Forbidden("You may not do this.")),
    (RequestDataTooBig, lambda _: BodyTooLarge("The body is larger than this address takes.")),
    (
        (OperationalError, InterfaceError),
        lambda _: Unavailable("The database does not answer. Try again in a minute.", code="database_unavailable"),
    ),
)
