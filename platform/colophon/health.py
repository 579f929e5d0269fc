"""`/healthz`: this process answers. `/readyz`: everything that a visitor needs does."""

import json
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from colophon.models import WorkerSeen

SEEN_WITHIN = timedelta(seconds=30)
SECONDS = 3
"""that one part may take to answer"""


class Missing(Exception):
    """A part that is needed does not answer; the message says what is seen."""


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; the JSON says which does not."""
    with ThreadPoolExecutor() as pool:
        outside = {"redis": pool.submit(_told, _check_redis), "chain": pool.submit(_told, _check_chains)}
        inside = {
            "database": _told(_check_database),
            "generation_worker": _told(lambda: _check_worker("generation")),
            "chain_worker": _told(lambda: _check_worker("chain")),
        }
    parts = {**inside, **{name: check.result() for name, check in outside.items()}}
    ready = all(part["ok"] for part in parts.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ready" if ready else "not_ready", "parts": parts}, status=status)


def _told(check: Callable[[], None]) -> dict[str, bool | str]:
    try:
        check()
    except Missing as missing:
        return {"ok": False, "detail": str(missing)}
    return {"ok": True, "detail": ""}


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        raise Missing("The database does not answer.") from error


def _check_worker(queue: str) -> None:
    try:
        newest = WorkerSeen.objects.filter(queue__contains=queue).order_by("-seen_at").first()
    except (DatabaseError, InterfaceError) as error:
        raise Missing("Unknown: the database does not answer.") from error
    if newest is None or newest.seen_at < timezone.now() - SEEN_WITHIN:
        raise Missing(f"No worker of the queue {queue} was seen in the last {SEEN_WITHIN.seconds} s.")


def _check_redis() -> None:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            client.ping()
    except redis.RedisError as error:
        raise Missing("Redis does not answer.") from error


def _check_chains() -> None:
    if not settings.CHAINS:
        raise Missing("No chain is configured (CHAINS).")
    for chain in settings.CHAINS:
        if not any(_chain_id(url) == chain.chain_id for url in chain.rpc_urls):
            raise Missing(f"No RPC of {chain.name} answers with chain id {chain.chain_id}.")


def _chain_id(rpc_url: str) -> int | None:
    """What an RPC says its chain is, or None. The standard library: importing web3 here would make the web heavy."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(rpc_url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - from the settings
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - from the settings
            return int(json.loads(answer.read())["result"], 16)
    except (OSError, ValueError, KeyError, TypeError):
        return None
