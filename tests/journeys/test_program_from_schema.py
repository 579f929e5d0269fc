"""Door 3: a client that knows nothing but `/api/schema/` goes from a key to a token.

It finds operations, their addresses, bodies and answers in the schema, and holds every answer against it.
"""

import re
from typing import Any

import httpx
import pytest
from eth_account import Account
from jsonschema import Draft202012Validator

from devstack.ports import wait_until
from tests.devstack.running import Up
from tests.journeys.program import new_key

pytestmark = pytest.mark.processes


class SchemaClient:
    """Calls operations by the kind of thing they make, as the schema describes them."""

    def __init__(self, *, url: str, key: str) -> None:
        self.url = url
        self.schema: dict[str, Any] = httpx.get(f"{url}/api/schema/", params={"format": "json"}).json()
        bearer = next(
            scheme
            for scheme in self.schema["components"]["securitySchemes"].values()
            if (scheme["type"], scheme.get("scheme")) == ("http", "bearer")
        )
        assert bearer
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def call(
        self, method: str, pattern: str, *, body: dict[str, Any] | None = None, place: str = ""
    ) -> dict[str, Any]:
        path = next(path for path in self.schema["paths"] if re.search(pattern, path))
        operation = self.schema["paths"][path][method]
        if body is not None:
            self._check(body, operation["requestBody"]["content"]["application/json"]["schema"])
        response = self.http.request(method, re.sub(r"{\w+}", place, path), json=body)
        described = operation["responses"][str(response.status_code)]
        content = described["content"][response.headers["content-type"].split(";")[0]]
        answer: dict[str, Any] = response.json()
        self._check(answer, content["schema"])
        assert response.is_success, answer
        return answer

    def _check(self, value: Any, schema: dict[str, Any]) -> None:  # noqa: ANN401 - JSON
        Draft202012Validator({**schema, "components": self.schema["components"]}).validate(value)


def test_from_a_key_to_a_token_by_the_schema_alone(stack: Up) -> None:
    client = SchemaClient(url=stack.site, key=new_key(stack))
    owner = Account.create().address

    job = client.call("post", r"/jobs/?$", body={"prompt": "a teal sun over navy waves"})

    def now(kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        return client.call("get", rf"/{kind}/{{\w+}}/?$", place=thing["id"])

    wait_until(lambda: now("jobs", job)["status"] in {"succeeded", "failed"}, what="the job has ended", seconds=120)
    work = now("jobs", job)["works"][0]
    mint = client.call("post", r"/mints/?$", body={"work": work["id"], "to": owner})
    wait_until(lambda: now("mints", mint)["status"] in {"final", "failed"}, what="the mint has ended", seconds=120)
    mint = now("mints", mint)
    assert (mint["status"], mint["token_id"]) == ("final", str(int(work["content_hash"], 16)))
    report = client.call("get", r"/verify/{\w+}/?$", place=work["content_hash"])
    assert report["verdict"] == "is_token"
