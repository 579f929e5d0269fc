"""The OpenAPI 3.1 document: what drf-spectacular cannot see in the views is told here, once for all of them."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

from api.openapi_parts import (
    ANSWER_HEADERS,
    MAKING_HEADERS,
    PROBLEM_SCHEMA,
    REPLAY_DESCRIPTION,
    SECURITY_SCHEMES,
    STREAMS,
    describe_stream,
    problem_answers,
)
from api.permissions import Scoped, SignedIn


class ApiSchema(AutoSchema):
    """Says which scope a key needs, as the view's own permission has it (OpenAPI 3.1 lists them with the scheme)."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        permission = self.view.get_permissions()[0]
        if isinstance(permission, SignedIn):
            return [{"session": []}]
        if isinstance(permission, Scoped):
            known: list[dict[str, list[str]]] = [{"key": [permission.scope.value]}, {"session": []}]
            return [*known, {}] if permission.anybody else known
        if isinstance(permission, AllowAny):
            return []
        auth: list[dict[str, list[str]]] = super().get_auth()
        return auth


def complete(result: dict[str, Any], **_generator: object) -> dict[str, Any]:
    """drf-spectacular's hook: add the streams, the errors and the headers that every operation has."""
    result["components"]["schemas"].update(PROBLEM_SCHEMA)
    result["components"]["headers"] = {**ANSWER_HEADERS, **MAKING_HEADERS}
    result["components"]["responses"] = problem_answers()
    result["components"]["securitySchemes"] = SECURITY_SCHEMES
    for path, (tag, name, schema) in STREAMS.items():
        result["paths"][path] = describe_stream(tag=tag, name=name, schema=schema)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete_operation(operation, path=path, method=method)
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _complete_operation(operation: dict[str, Any], *, path: str, method: str) -> None:
    answers = operation["responses"]
    makes = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    for status, answer in answers.items():
        answer["description"] = answer.get("description") or _description(status)
        headers = [*ANSWER_HEADERS, *(MAKING_HEADERS if makes else [])]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    if makes:
        answers["200"]["description"] = REPLAY_DESCRIPTION
    for status in _errors_of(operation, path=path, method=method):
        answers[status] = {"$ref": f"#/components/responses/Problem{status}"}


def _errors_of(operation: dict[str, Any], *, path: str, method: str) -> list[str]:
    """The statuses an operation can fail with: those it tells itself, and those that follow from its kind."""
    errors = [status for status in operation["responses"] if status >= "400"] + ["429", "500", "503"]
    if operation.get("security"):
        errors += ["401", "403"]
    if "{" in path or "mints" in path:
        errors += ["404"]
    if operation.get("parameters") or "requestBody" in operation:
        errors += ["422"]
    if "requestBody" in operation:
        errors += ["400", "413", "415"]
    if method in {"post", "patch"} and "boards" in path:
        errors += ["409"]
    if method in {"post", "delete"} and ("jobs" in path or "mints" in path or "wallets" in path):
        errors += ["409"]
    return sorted(set(errors))


def _description(status: str) -> str:
    return {"200": "As it is now.", "201": "Made.", "204": "Done."}.get(status, "")
