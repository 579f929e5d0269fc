"""No request may fill the disk: Django writes every body to a file before it looks at the address."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from api.errors import BodyTooLarge
from api.identifiers import new_id
from api.problems import MEDIA_TYPE, problem_json

Event = Mapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def with_body_limit(application: Application, *, limit: int) -> Application:
    """The ASGI application, to which a body of more than `limit` bytes is a client that went away in the middle.

    What announces itself as larger is refused at once; what does not is counted while it comes. Both get 413.
    """

    async def bounded(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        taken = _announced(scope.get("headers", ()))
        if taken <= limit:
            taken = 0

            async def counted() -> Event:
                nonlocal taken
                event = await receive()
                taken += len(event.get("body", b""))
                # Django then forgets what it took in, and answers nothing.
                return {"type": "http.disconnect"} if taken > limit else event

            await application(scope, counted, send)
        if taken > limit:
            await _refuse(send, limit=limit)

    return bounded


def _announced(headers: Iterable[tuple[bytes, bytes]]) -> int:
    text = dict(headers).get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


async def _refuse(send: Send, *, limit: int) -> None:
    problem = BodyTooLarge(f"The body is larger than {limit} bytes, the most that is taken in. Nothing was done.")
    body = json.dumps(problem_json(problem, request_id=str(new_id()))).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
