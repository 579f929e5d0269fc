"""What holds for every response under `/api/`: a request id, rate-limit headers, and errors as problems."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from api.errors import Problem
from api.problems import MEDIA_TYPE, problem_http_response
from api.request_ids import HEADER, assign_request_id
from api.throttling import rate_limit_headers

_DETAILS = {
    400: ("bad_request", "The request is malformed. Nothing was done."),
    403: ("forbidden", "You may not do this. Nothing was done."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to this method; `Allow` lists those it does."),
    413: ("body_too_large", "The body is larger than this address takes."),
    500: ("internal_error", "Something broke on our side and was logged. If you write to us, send the request id."),
}

Handler = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def api_responses(get_response: Handler) -> Handler:
    """The middleware. It stands first, so that what any other one refuses has the API's shape too."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            request_id = assign_request_id(request)
            return _finish(request, await get_response(request), request_id=request_id)

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        request_id = assign_request_id(request)
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _finish(request, response, request_id=request_id)

    return synchronous


def _finish(request: HttpRequest, response: HttpResponseBase, *, request_id: str) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        if response.status_code >= HTTPStatus.BAD_REQUEST and _is_a_page(response):
            response = _as_problem(request, response)
        for name, value in rate_limit_headers(request).items():
            response[name] = value
    response[HEADER] = request_id
    return response


def _is_a_page(response: HttpResponseBase) -> bool:
    """Whether an error is one of Django's own HTML pages rather than an answer of ours."""
    return response.get("Content-Type", "").split(";")[0] not in {MEDIA_TYPE, "application/json"}


def _as_problem(request: HttpRequest, page: HttpResponseBase) -> HttpResponseBase:
    status = page.status_code
    code, detail = _DETAILS.get(status, ("error", f"{page.reason_phrase}."))
    problem = Problem(detail, code=code, status=status)
    problem.title = HTTPStatus(status).phrase.capitalize()
    response = problem_http_response(problem, request)
    if "Allow" in page:
        response["Allow"] = page["Allow"]
    return response
