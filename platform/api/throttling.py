"""Rate limits, told in `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) on every answer.

Fixed windows counted in the cache. Counting is a courtesy, not a safeguard of money or data: when Redis is down,
requests pass.
"""

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework import throttling
from rest_framework.request import Request

from api.models import ApiKey

if TYPE_CHECKING:
    # DRF's views read the setting that names this module: importing them here would be a circle.
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)
_ATTRIBUTE = "colophon_rate_limit"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How a caller stands: `quota` of something in `window` seconds, `remaining` of it for the next `reset` seconds.

    Without a `window` it is how many there may be at a time; `reset` is then when to ask again.
    """

    policy: str
    quota: int
    window: int | None
    remaining: int
    reset: int
    exceeded: bool


class Throttle(throttling.BaseThrottle):
    """Counts a caller's requests under one policy of `API_RATE_LIMITS`: a key, else a person, else an address."""

    policy: ClassVar[str]

    def __init__(self) -> None:
        self._limit: Limit | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - DRF's signature
        self._limit = count_request(policy=self.policy, caller=_caller(request))
        if self._limit is None:
            return True
        tell_limit(request, self._limit)
        return not self._limit.exceeded

    def wait(self) -> float | None:
        return self._limit.reset if self._limit else None


class Reads(Throttle):
    """Reading."""

    policy = "read"


class Writes(Throttle):
    """Making jobs and mints, and what changes them."""

    policy = "write"


class SignIns(Throttle):
    """Sign-in by wallet; each costs a signature check and perhaps a call to the chain."""

    policy = "sign-in"


def _caller(request: Request) -> str:
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.pk}"
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    return f"address:{request.META.get('REMOTE_ADDR', '')}"


def count_request(*, policy: str, caller: str) -> Limit | None:
    """Count one more request of this caller, and say how it stands now; None when nothing can be counted."""
    quota, window = settings.API_RATE_LIMITS[policy]
    used = _count(f"rate:{policy}:{caller}", window=window)
    if used is None:
        return None
    return Limit(
        policy=policy,
        quota=quota,
        window=window,
        remaining=max(0, quota - used),
        reset=max(1, window - int(time.time()) % window),
        exceeded=used > quota,
    )


def _count(key: str, *, window: int) -> int | None:
    """How many requests this makes in the present window, or None when the cache does not answer."""
    key = f"{key}:{int(time.time()) // window}"
    try:
        cache.add(key, 0, timeout=window + 1)
        return int(cache.incr(key))
    except (RedisError, ValueError) as error:
        # ValueError: the key was lost between the two calls (a flush); nothing is counted then.
        logger.warning("requests are not being counted: %s", type(error).__name__)
        return None


def tell_limit(request: Request, limit: Limit) -> None:
    """Let the headers of this request's answer tell this limit, instead of any told before."""
    setattr(request._request, _ATTRIBUTE, limit)  # noqa: SLF001 - the middleware sees Django's request


def rate_limit_headers(request: HttpRequest) -> dict[str, str]:
    """The headers for a request that was counted, or none."""
    limit: Limit | None = getattr(request, _ATTRIBUTE, None)
    if limit is None:
        return {}
    window = "" if limit.window is None else f";w={limit.window}"
    return {
        "RateLimit-Policy": f'"{limit.policy}";q={limit.quota}{window}',
        "RateLimit": f'"{limit.policy}";r={limit.remaining};t={limit.reset}',
    }
