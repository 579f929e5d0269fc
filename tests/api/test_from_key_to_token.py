"""A client that knows only the schema and a key gets a token: with a real pipeline, a real chain and real files."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from generation.models import DiffusionModel
from generation.worker import run_waiting_jobs
from minting.chain_reader import token_state
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.models import Collection
from tests.generation.conftest import model  # noqa: F401 - a fixture
from tests.minting.stage import chain, collection, mine, own_state_folder, owner  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


class SchemaClient:
    """Calls operations by the ids that the schema gives them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        document = json.loads(client.get("/api/schema/").content)
        self._operations = {
            operation["operationId"]: (method, path)
            for path, item in document["paths"].items()
            for method, operation in item.items()
        }

    def call(self, operation: str, body: object = None, **parameters: str) -> dict[str, Any]:
        """The answer of an operation that must succeed."""
        method, path = self._operations[operation]
        send: Callable[..., Any] = getattr(self._client, method)
        arguments = {"data": body, "content_type": "application/json"} if body is not None else {}
        response = send(path.format(**parameters), **arguments)
        answer: dict[str, Any] = response.json()
        assert response.status_code < 300, answer
        return answer


def test_from_a_key_to_a_token(
    ada: Person,
    client_with: Callable[..., Client],
    model: DiffusionModel,  # noqa: F811 - the fixture
    chain: ChainConfig,  # noqa: F811 - the fixture
    collection: Collection,  # noqa: F811 - the fixture
    owner: str,  # noqa: F811 - the fixture
) -> None:
    client = SchemaClient(client_with(ada))
    job = client.call("create_job", {"prompt": "a teal sun over navy waves"})
    run_waiting_jobs(worker="w", stopping=lambda: False)
    job = client.call("get_job", job_id=job["id"])
    assert job["status"] == "succeeded"
    [work] = job["works"]

    mint = client.call("create_mint", {"work": work["id"], "to": owner})
    drive()
    mine(chain)
    drive()
    mint = client.call("get_mint", mint_id=mint["id"])
    assert (mint["status"], mint["confirmations"]) == ("mined", 1)
    mine(chain, 2)
    drive()
    mint = client.call("get_mint", mint_id=mint["id"])
    assert (mint["status"], mint["to"], mint["confirmations"]) == ("final", owner, 2)
    assert mint["transaction"]["hash"] in mint["transaction"]["attempts"]
    assert client.call("get_work", work_id=work["id"])["mints"][0]["status"] == "final"

    token = token_state(collection=collection, token_id=int(mint["token_id"]))
    assert token is not None
    assert (token.owner, token.token_uri) == (owner, mint["token_uri"])
    assert int(mint["token_id"]) == int(work["content_hash"], 16)
    assert client.call("verify_content_hash", content_hash=work["content_hash"])["verdict"] == "is_token"
