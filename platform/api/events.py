"""Live state over Server-Sent Events: whole states, never deltas.

The row in Postgres is the truth; a message on the Redis channel only makes the next look come sooner. So a reload,
a lost connection or a flushed Redis loses nothing: `Last-Event-ID` says what the client has seen.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError
from rest_framework.renderers import JSONRenderer

from api.waiting import release_connection

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class State:
    """What an object is now: its revision, its JSON as GET gives it, and whether it has ended."""

    revision: int
    body: dict[str, Any]
    is_final: bool


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a stream comes from. Both functions are synchronous and read the database.

    `fingerprint` is cheap and changes whenever the state does; `state` is read only then.
    """

    channel: str
    fingerprint: Callable[[], object]
    state: Callable[[], State]


def last_event_id(request: HttpRequest) -> int:
    """The revision the client has seen; 0 when it has seen none, or sends what is no revision."""
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def event_stream(source: Source, *, seen: int) -> HttpResponseBase:
    """The response that streams a source until its final state."""
    response = StreamingHttpResponse(stream(source, seen=seen), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def stream(source: Source, *, seen: int) -> AsyncGenerator[bytes]:
    """The events, as bytes: each state newer than `seen`, a comment each 15 s of silence, then the end.

    The queue place of a waiting job changes without a new revision; such a state is sent again under its revision.
    """
    yield b"retry: 2000\n\n"
    last_print: object = None
    last_body: dict[str, Any] | None = None
    last_sent_at = time.monotonic()
    async with _wake_ups(source.channel) as wake_up:
        while True:
            fingerprint = await _read(source.fingerprint)
            if fingerprint != last_print:
                last_print, state = fingerprint, await _read(source.state)
                if state.revision > seen or (last_body is not None and state.body != last_body):
                    yield _event(state)
                    seen, last_sent_at = max(seen, state.revision), time.monotonic()
                last_body = state.body
                if state.is_final:
                    return
            if time.monotonic() - last_sent_at >= HEARTBEAT_SECONDS:
                yield b": still here\n\n"
                last_sent_at = time.monotonic()
            await wake_up()


def _event(state: State) -> bytes:
    return b"id: %d\nevent: state\ndata: %s\n\n" % (state.revision, JSONRenderer().render(state.body))


async def _read(question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the question answers
    """Ask the database in the event loop's small pool of threads, giving the connection back each time.

    So 200 open streams hold no connection between two looks, and at most as many as the pool has threads.
    """
    return await sync_to_async(_ask_and_release, thread_sensitive=False)(question)


def _ask_and_release(question: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the question answers
    try:
        return question()
    finally:
        release_connection()


@asynccontextmanager
async def _wake_ups(channel: str) -> AsyncIterator[Callable[[], Any]]:
    """A function that returns at the next message on the channel, or after a second; with Redis down, the latter."""
    client = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
    messages = client.pubsub(ignore_subscribe_messages=True)
    try:
        yield await _subscribed(messages, channel)
    finally:
        await messages.aclose()  # type: ignore[no-untyped-call] # redis-py leaves it untyped
        await client.aclose()


async def _subscribed(messages: PubSub, channel: str) -> Callable[[], Any]:
    async def wait() -> None:
        began = time.monotonic()
        try:
            if not messages.subscribed:
                await messages.subscribe(channel)
            await messages.get_message(timeout=POLL_SECONDS)
        except (RedisError, OSError) as error:
            logger.debug("no wake-ups from Redis: %s", type(error).__name__)
            await asyncio.sleep(max(0.0, POLL_SECONDS - (time.monotonic() - began)))

    try:
        # Subscribed before the first look: a change between the look and the subscription would wake nobody.
        await messages.subscribe(channel)
    except (RedisError, OSError) as error:
        logger.debug("no wake-ups from Redis: %s", type(error).__name__)
    return wait
