"""The API's rate limits for pages: a POST too many is answered with 429 and a sentence, and nothing is locked."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from api.throttling import Limit, count_request

View = Callable[..., HttpResponseBase]
Callers = Callable[[HttpRequest], Iterable[tuple[str, str]]]
"""of a request, the policies of API_RATE_LIMITS it counts under, each with whose count it is"""


def limited_posts(callers: Callers) -> Callable[[View], View]:
    """Count a view's POSTs before it runs, so that guesses sent at the same moment are all counted."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method == "POST":
                counts = [count_request(policy=policy, caller=caller) for policy, caller in callers(request)]
                over = [limit for limit in counts if limit is not None and limit.exceeded]
                if over:
                    return _too_many(request, over)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def by_address(policy: str) -> Callers:
    """Counted for the address that a request comes from."""
    return lambda request: [(policy, f"address:{request.META.get('REMOTE_ADDR', '')}")]


def _too_many(request: HttpRequest, over: Iterable[Limit]) -> HttpResponseBase:
    seconds = max(limit.reset for limit in over)
    response = render(request, "429.html", {"minutes": -(-seconds // 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response
