"""What is too large is refused before it is taken in, whether it says how large it is or not."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler

from colophon.body_limit import Event, with_body_limit

LIMIT = 100


def _answer(pieces: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, str]:
    """The status and the problem's code that the site answers to a body sent in these pieces."""
    coming = [{"type": "http.request", "body": piece, "more_body": piece is not pieces[-1]} for piece in pieces]
    sent: list[Event] = []

    async def receive() -> Event:
        if not coming:
            await asyncio.Event().wait()  # the client stays, and listens
        return coming.pop(0)

    async def send(event: Event) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/", "query_string": b"", "headers": headers}
    async_to_sync(with_body_limit(ASGIHandler(), limit=LIMIT))(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])["code"]


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"180")]], ids=["in pieces", "announced"])
def test_a_larger_body_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    assert _answer([b"x" * 60, b"y" * 60, b"z" * 60], headers) == (413, "body_too_large")


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"100")]], ids=["in pieces", "announced"])
def test_a_body_within_the_limit_reaches_the_site(headers: list[tuple[bytes, bytes]]) -> None:
    host = (b"host", b"testserver")
    assert _answer([b"x" * 50, b"y" * 50], [host, *headers]) == (404, "not_found")
