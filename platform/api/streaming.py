"""Views of live state: asynchronous, and so outside DRF, with the same rights and the same errors."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase

from api.authentication import key_of_request
from api.errors import Problem, Unauthorized
from api.events import Source, event_stream, last_event_id
from api.models import Scope
from api.permissions import check_scope
from api.problems import problem_http_response, problem_of
from api.waiting import release_connection

if TYPE_CHECKING:
    from accounts.models import Person

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def event_view(find: Callable[..., Source]) -> View:
    """A view that streams what `find` gives for the caller and the ids in the path, if there are any.

    `find` reads the database and raises a Problem for what is not there or not the caller's.
    """

    async def view(request: HttpRequest, **ids: UUID) -> HttpResponseBase:
        try:
            source = await sync_to_async(_open)(request, find, *ids.values())
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return problem_http_response(problem, request)
        return event_stream(source, seen=last_event_id(request))

    return view


def _open(request: HttpRequest, find: Callable[..., Source], *ids: UUID) -> Source:
    try:
        if request.method != "GET":
            raise Problem("Live state is only to be read: GET it.", code="method_not_allowed", status=405)
        return find(_reader(request), *ids)
    finally:
        # This thread lives as long as the stream; its connection must not.
        release_connection()


def _reader(request: HttpRequest) -> "Person":
    key = key_of_request(request)
    check_scope(key, Scope.READ)
    user: Any = key.person if key else request.user
    if not user.is_authenticated:
        raise Unauthorized("Send a key as `Authorization: Bearer ck_…`, or sign in on the website.")
    return cast("Person", user)
