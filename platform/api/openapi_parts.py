"""The parts of the OpenAPI document that every operation shares."""

from typing import Any

STREAMS = {
    "/api/v1/jobs/{job_id}/events": ("jobs", "job", "Job"),
    "/api/v1/mints/{mint_id}/events": ("mints", "mint", "Mint"),
}
"""path → tag, name and schema of the object whose live state it sends"""

REPLAY_DESCRIPTION = "The object that an earlier request with this Idempotency-Key made, as it is now."

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}

ANSWER_HEADERS: dict[str, Any] = {
    "X-Request-Id": {"description": "name it when you report a problem", "schema": _TEXT},
    "RateLimit-Policy": {
        "description": 'the limit, draft-ietf-httpapi-ratelimit-headers: `"read";q=600;w=60` is 600 requests in 60 s',
        "schema": _TEXT,
    },
    "RateLimit": {"description": '`"read";r=599;t=42`: 599 requests left for the next 42 s', "schema": _TEXT},
}

MAKING_HEADERS: dict[str, Any] = {
    "Location": {"description": "the address of the object", "schema": {"type": "string", "format": "uri"}},
    "Preference-Applied": {"description": "`wait=N` when the answer was held", "schema": _TEXT},
    "Idempotent-Replayed": {"description": "`true` when an earlier request made the object", "schema": _TEXT},
}

_EXAMPLE = {
    "type": "urn:colophon:problem:invalid_input",
    "title": "The input is not valid",
    "status": 422,
    "detail": "Nothing was done. prompt: This field is required.",
    "code": "invalid_input",
    "errors": [{"field": "prompt", "code": "required", "detail": "This field is required."}],
    "request_id": "0199c0de-0000-7000-8000-000000000000",
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "FieldError": {
        "type": "object",
        "description": "One thing wrong with one field.",
        "properties": {"field": _TEXT, "code": _TEXT, "detail": _TEXT},
        "required": ["field", "code", "detail"],
    },
    "Problem": {
        "type": "object",
        "description": "An error, by RFC 9457. `code` is stable; `detail` says what happened and what to do.",
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "`urn:colophon:problem:<code>`"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "code": _TEXT,
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
            "request_id": {"type": "string", "description": "also in the header X-Request-Id"},
            "quota": {
                "type": "object",
                "description": "With 429 of a quota: what it is called, how much of it there is, is left, was asked "
                "for. `Retry-After` says when more comes.",
                "properties": {"name": _TEXT, "limit": _NUMBER, "left": _NUMBER, "asked": _NUMBER},
                "required": ["name", "limit", "left", "asked"],
            },
        },
        "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
        "examples": [_EXAMPLE],
    },
}

_ERRORS = {
    "400": "The body is not JSON: `malformed_json`, or no form: `parse_error`.",
    "401": "Nobody known: `not_authenticated`, `unknown_key`, `malformed_key`, `revoked_key`, `expired_key`, "
    "`inactive_person`; or a sign-in that does not hold.",
    "403": "Known, but not allowed: `missing_scope` names the scope; `session_required`, `csrf_failed`, "
    "`priority_not_allowed`.",
    "404": "Not there, or not yours to see.",
    "409": "Not possible in the state it is in: `already_minted`, `work_hidden`, `work_rejected`, "
    "`job_already_ended` and the like.",
    "413": "`body_too_large`.",
    "415": "`unsupported_media_type`: send `application/json`.",
    "422": "The input breaks a rule; `errors` names each field. `idempotency_key_reused` for a key sent before with "
    "another body.",
    "429": "Too many: `too_many_requests` (wait as `Retry-After` says), `too_many_jobs` (let one end), "
    "`daily_pictures_used_up`, `daily_picture_steps_used_up` (the day begins at 00:00 UTC).",
    "500": "`internal_error`: our fault, and logged under the request id.",
    "503": "A part does not answer (`chain_unavailable`, `database_unavailable`): try again later.",
}


def problem_answers() -> dict[str, Any]:
    """A response component for each status: `Problem404` and so on."""
    return {f"Problem{status}": _problem_answer(status, text) for status, text in _ERRORS.items()}


def _problem_answer(status: str, text: str) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in ANSWER_HEADERS}
    if status == "401":
        headers["WWW-Authenticate"] = {"description": "`Bearer`", "schema": _TEXT}  # type: ignore[dict-item] # a header in full, not a reference
    if status == "429":
        headers["Retry-After"] = {"description": "seconds", "schema": {"type": "integer"}}  # type: ignore[dict-item] # as above
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "headers": headers, "content": content}


def describe_stream(*, tag: str, name: str, schema: str) -> dict[str, Any]:
    """The path item of a live state, which is an asynchronous view outside DRF."""
    event = f"id: 3\nevent: state\ndata: {{the {schema} as GET gives it}}\n\n"
    return {
        "get": {
            "operationId": f"watch_{name}",
            "summary": f"Watch a {name}",
            "description": f"Server-sent events: each `data` is the whole {schema}, as GET gives it, and each `id` "
            "its revision. With `Last-Event-ID` nothing is sent that the client has seen. A comment comes each "
            "15 s of silence. The stream ends after the final state. Scope `read`.",
            "tags": [tag],
            "parameters": [
                {
                    "in": "path",
                    "name": f"{name}_id",
                    "required": True,
                    "schema": {"type": "string", "format": "uuid"},
                },
                {
                    "in": "header",
                    "name": "Last-Event-ID",
                    "schema": {"type": "integer"},
                    "description": "the `id` of the last event seen",
                },
            ],
            "security": [{"key": ["read"]}, {"session": []}],
            "responses": {
                "200": {
                    "description": f"The states of the {name}.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}, "example": event}},
                }
            },
        }
    }


DESCRIPTION = """From a prompt to a picture to a token that says how it was made.

**From a key to a token, in three calls.** Send your key as `Authorization: Bearer ck_…` with each of them.

1. `POST /api/v1/jobs` with `{"prompt": "a gold sun over teal waves"}` and the header `Prefer: wait=60`. Repeat
   `GET urls.get` until `status` is `succeeded` (or `failed`, and `error` says why). `works[0].id` is the picture's
   id, `works[0].urls.file` its file.
2. `POST /api/v1/mints` with `{"work": "<that id>", "to": "0x<the owner's address>"}` and `Prefer: wait=60`.
3. Repeat `GET urls.get` until `status` is `final` (or `failed`). `collection.chain_id`, `collection.address` and
   `token_id` name the token; `transaction.hash` the transaction that made it.

Send an `Idempotency-Key` of your own with both POSTs: then a request that got no answer can be sent again, and still
makes one object.

**Conventions.** JSON, snake_case; ids are UUIDs; hashes are `0x` hex; times are RFC 3339 in UTC; large numbers are
decimal strings. Lists are pages `{next, previous, results}`: follow `next` until it is null. Errors are
`application/problem+json` (RFC 9457) with a stable `code`. Fields nobody knows are refused, not ignored."""

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "ck_<prefix>_<secret>",
        "description": "A key with the scopes an operation asks for. Made by `POST /api/v1/keys` from a browser "
        "session, or with `python manage.py apikey create --user U --scopes generate,mint,read`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The website's session; writes also need the header X-CSRFToken. It has every scope.",
    },
}
