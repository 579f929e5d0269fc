"""Live state over Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import F
from django.http import HttpResponseBase
from django.test import AsyncClient, Client, override_settings

from accounts.models import Person
from api import events, live
from api.events import Source, State
from api.services import create_key
from devstack.ports import free_port
from generation.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    """The event loop's threads give their connections back by themselves; the test's own is closed here."""
    yield
    connection.close()


def change(job: Job, **fields: object) -> None:
    Job.objects.filter(pk=job.pk).update(revision=F("revision") + 1, **fields)
    live.publish(channel=f"job:{job.pk}", revision=0)


def parsed(block: bytes) -> tuple[int, dict[str, Any]] | None:
    """Id and data of an event; None of a comment or a retry line."""
    lines = dict(line.split(": ", 1) for line in block.decode().strip().splitlines() if not line.startswith(":"))
    if "data" not in lines:
        return None
    assert lines["event"] == "state"
    return int(lines["id"]), json.loads(lines["data"])


def blocks_of(response: HttpResponseBase) -> AsyncGenerator[bytes]:
    """The body of a streaming response."""
    content: AsyncGenerator[bytes] = response.streaming_content  # type: ignore[attr-defined] # it streams
    return content


async def states(stream: AsyncIterator[bytes]) -> AsyncGenerator[tuple[int, dict[str, Any]]]:
    async for block in stream:
        event = parsed(block)
        if event:
            yield event


def open_stream(person: Person, job: Job, *, seen: int | None = None) -> AsyncIterator[bytes]:
    """What a program with a key reads from `urls.events`."""
    _, key = create_key(person=person, scopes=["read"])
    headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": str(seen)} if seen is not None else {})

    async def read() -> AsyncIterator[bytes]:
        response = await AsyncClient().get(f"/api/v1/jobs/{job.pk}/events", headers=headers)
        assert response.status_code == 200, response.content
        assert response["Content-Type"].startswith("text/event-stream")
        assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("no-store", "no")
        async with aclosing(blocks_of(response)) as blocks:
            async for block in blocks:
                yield block

    return read()


def test_a_stream_tells_every_state_and_ends_with_the_last(ada: Person, job: Job) -> None:
    async def watch() -> list[tuple[int, str]]:
        seen = []
        async for revision, body in states(open_stream_):
            seen.append((revision, body["status"]))
            if body["status"] == "queued":
                await sync_to_async(change)(job, status="canceled")
        return seen

    open_stream_ = open_stream(ada, job)
    assert asyncio.run(watch()) == [(1, "queued"), (2, "canceled")]


def test_the_state_is_what_get_gives(ada: Person, job: Job, program: Client) -> None:
    Job.objects.update(status="canceled")
    stream = open_stream(ada, job)

    async def first() -> dict[str, Any]:
        return (await anext(states(stream)))[1]

    assert asyncio.run(first()) == program.get(f"/api/v1/jobs/{job.pk}").json()


def test_what_the_client_has_seen_is_not_sent_again(ada: Person, job: Job) -> None:
    Job.objects.update(status="canceled", revision=7)

    async def revisions(stream: AsyncIterator[bytes]) -> list[int]:
        return [revision async for revision, _ in states(stream)]

    assert asyncio.run(revisions(open_stream(ada, job, seen=6))) == [7]
    assert asyncio.run(revisions(open_stream(ada, job, seen=7))) == []


def test_a_change_nobody_published_is_seen_within_a_poll(ada: Person, job: Job) -> None:
    stream = open_stream(ada, job)

    async def watch() -> list[int]:
        seen = []
        async for revision, _ in states(stream):
            seen.append(revision)
            if revision == 1:
                await Job.objects.filter(pk=job.pk).aupdate(status="failed", revision=2)
        return seen

    assert asyncio.run(watch()) == [1, 2]


def test_without_redis_the_stream_polls(ada: Person, job: Job) -> None:
    stream = open_stream(ada, job)

    async def watch() -> list[int]:
        seen = []
        async for revision, _ in states(stream):
            seen.append(revision)
            if revision == 1:
                await Job.objects.filter(pk=job.pk).aupdate(status="failed", revision=2)
        return seen

    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        assert asyncio.run(watch()) == [1, 2]


def test_a_better_place_in_the_queue_is_told_without_a_new_revision(ada: Person, job: Job) -> None:
    behind = Job.objects.create(
        person=ada, model=job.model, prompt="q", seed=1, steps=1, guidance_scale=1, width=64, height=64, count=1
    )
    stream = open_stream(ada, behind)

    async def watch() -> list[tuple[int, int | None]]:
        seen = []
        async for revision, body in states(stream):
            seen.append((revision, body["queue_place"]))
            if body["queue_place"] == 2:
                await Job.objects.filter(pk=job.pk).aupdate(status="canceled")
            elif body["queue_place"] == 1:
                await Job.objects.filter(pk=behind.pk).aupdate(status="canceled", revision=2)
        return seen

    assert asyncio.run(watch()) == [(1, 2), (1, 1), (2, None)]


def test_silence_is_filled_with_comments() -> None:
    quiet = Source(
        channel="job:quiet", fingerprint=lambda: 1, state=lambda: State(revision=1, body={}, is_final=False)
    )

    async def blocks() -> list[bytes]:
        async with aclosing(events.stream(quiet, seen=0)) as stream:
            return [await anext(stream) for _ in range(3)]

    with mock.patch.object(events, "HEARTBEAT_SECONDS", 0.1):
        retry, state, comment = asyncio.run(blocks())
    assert retry.startswith(b"retry: ")
    assert parsed(state) == (1, {})
    assert comment.startswith(b": ")


def test_open_streams_hold_no_database_connections(ada: Person, job: Job) -> None:
    streams = [open_stream(ada, job) for _ in range(30)]

    async def hold() -> int:
        waiting = [states(stream) for stream in streams]
        for stream in waiting:
            await anext(stream)
        held = await sync_to_async(connections_held, thread_sensitive=False)()
        for stream in waiting:
            await stream.aclose()
        return held

    assert asyncio.run(hold()) < 10


def connections_held() -> int:
    """Connections to this test's database, this one not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        count: int = cursor.fetchone()[0]
    connection.close()
    return count


@pytest.mark.parametrize(
    ("scopes", "status", "code"), [(["mint"], 403, "missing_scope"), ([], 401, "not_authenticated")]
)
def test_a_stream_asks_for_the_same_rights_as_get(
    ada: Person, job: Job, scopes: list[str], status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {create_key(person=ada, scopes=scopes)[1]}"} if scopes else {}
    response = Client(headers=headers).get(f"/api/v1/jobs/{job.pk}/events")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"


def test_a_session_opens_a_stream(ada: Person, job: Job) -> None:
    Job.objects.update(status="canceled")
    client = AsyncClient()
    client.force_login(ada)

    async def watch() -> list[int]:
        response = await client.get(f"/api/v1/jobs/{job.pk}/events")
        return [revision async for revision, _ in states(blocks_of(response))]

    assert asyncio.run(watch()) == [1]
