"""Mints and collections over the API."""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person, Wallet
from generation.models import Job, Work
from minting.models import Chain, Collection, Mint, Transaction, TransactionAttempt
from provenance.digests import to_hex

MINTS = "/api/v1/mints"
OWNER = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def collection(db: None) -> Collection:
    chain = Chain.objects.create(chain_id=31337, name="Test chain", genesis_hash=bytes(32))
    return Collection.objects.create(
        slug="first-light",
        chain=chain,
        address=CONTRACT,
        name="First light",
        symbol="LIGHT",
        status="ready",
        is_default=True,
    )


@pytest.fixture
def work(job: Job, collection: Collection, add_work: Callable[..., Work]) -> Work:
    return add_work(job)


def ask(client: Client, wish: Mapping[str, object], **headers: str) -> tuple[int, dict[str, object]]:
    response = client.post(MINTS, wish, content_type="application/json", headers=headers)
    return response.status_code, response.json()


def test_a_mint_is_made_from_a_work_and_an_owner(program: Client, work: Work, collection: Collection) -> None:
    status, body = ask(program, {"work": str(work.pk), "to": OWNER.lower()})
    assert status == 201, body
    mint = Mint.objects.get()
    token_id = str(int.from_bytes(work.content_hash, "big"))
    assert body == {
        "id": str(mint.pk),
        "status": "requested",
        "work": str(work.pk),
        "collection": {
            "id": str(collection.pk),
            "slug": "first-light",
            "name": "First light",
            "address": CONTRACT,
            "chain_id": 31337,
        },
        "to": OWNER,
        "token_id": token_id,
        "token_uri": f"ipfs://{mint.metadata_file.cid}",
        "metadata_hash": to_hex(bytes(mint.metadata_file.sha256)),
        "royalty": None,
        "transaction": None,
        "confirmations": None,
        "burnt_block": None,
        "error": None,
        "urls": {
            "get": f"http://testserver/api/v1/mints/{mint.pk}",
            "events": f"http://testserver/api/v1/mints/{mint.pk}/events",
            "web": f"http://testserver/mints/{mint.pk}/",
            "token": f"http://testserver/tokens/31337/{CONTRACT}/{token_id}/",
            "metadata": f"http://testserver/ipfs/{mint.metadata_file.cid}",
        },
        "created_at": mint.created_at.isoformat().replace("+00:00", "Z"),
        "submitted_at": None,
        "mined_at": None,
        "safe_at": None,
        "final_at": None,
    }
    assert program.get(f"{MINTS}/{mint.pk}").json() == body
    assert [row["id"] for row in program.get(MINTS).json()["results"]] == [str(mint.pk)]


def test_a_work_tells_its_mints(client: Client, program: Client, work: Work) -> None:
    _, mint = ask(program, {"work": str(work.pk), "to": OWNER})
    [told] = client.get(f"/api/v1/works/{work.pk}").json()["mints"]
    assert told == {
        "id": mint["id"],
        "status": "requested",
        "collection": "first-light",
        "to": OWNER,
        "url": f"http://testserver/api/v1/mints/{mint['id']}",
    }


def test_a_mint_tells_its_transaction(program: Client, work: Work, collection: Collection) -> None:
    _, body = ask(program, {"work": str(work.pk), "to": OWNER})
    carrier = Transaction.objects.create(
        chain=collection.chain, signer=OWNER, nonce=7, kind="mint", to=CONTRACT, data=b"", status="sent"
    )
    for byte in (b"\x01", b"\x02"):
        TransactionAttempt.objects.create(
            transaction=carrier, raw=byte, hash=byte * 32, max_fee_per_gas=1, max_priority_fee_per_gas=1
        )
    Mint.objects.update(transaction=carrier, status="submitted")
    told = program.get(f"{MINTS}/{body['id']}").json()["transaction"]
    hashes = ["0x" + "01" * 32, "0x" + "02" * 32]
    assert told == {"hash": hashes[1], "nonce": 7, "status": "sent", "block_number": None, "attempts": hashes}
    Transaction.objects.update(hash=b"\x01" * 32, status="final", block_number=9)
    Mint.objects.update(status="final")
    told = program.get(f"{MINTS}/{body['id']}").json()
    assert (told["transaction"]["hash"], told["transaction"]["block_number"], told["confirmations"]) == (
        hashes[0],
        9,
        2,
    )


def test_the_first_linked_wallet_owns_the_token_by_default(program: Client, ada: Person, work: Work) -> None:
    status, body = ask(program, {"work": str(work.pk)})
    assert (status, body["errors"][0]["field"]) == (422, "to")  # type: ignore[index] # a JSON list
    Wallet.objects.create(person=ada, address=OWNER)
    assert ask(program, {"work": str(work.pk)})[1]["to"] == OWNER


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"to": "0x1234"}, 422, "bad_address"),
        ({"to": OWNER.replace("E7", "e7")}, 422, "bad_address"),
        ({"to": "ada.eth"}, 422, "bad_address"),
        ({"collection": "nothing"}, 422, "unknown_collection"),
        ({"collection": str(uuid4())}, 422, "unknown_collection"),
        ({"work": str(uuid4())}, 404, "work_not_found"),
        ({"work": "seven"}, 422, "invalid_input"),
        ({"gas": 1}, 422, "invalid_input"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    program: Client, work: Work, changes: dict[str, object], status: int, code: str
) -> None:
    answer = ask(program, {"work": str(work.pk), "to": OWNER, **changes})
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert not Mint.objects.exists()


def test_somebody_elses_work_cannot_be_minted(bob: Person, client_with: Callable[..., Client], work: Work) -> None:
    status, body = ask(client_with(bob), {"work": str(work.pk), "to": OWNER})
    assert (status, body["code"]) == (404, "work_not_found")
    assert not Mint.objects.exists()


@pytest.mark.parametrize("state", ["hidden", "rejected"])
def test_a_hidden_or_rejected_work_cannot_be_minted(program: Client, work: Work, state: str) -> None:
    Work.objects.update(review_state=state)
    status, body = ask(program, {"work": str(work.pk), "to": OWNER})
    assert (status, body["code"]) == (409, f"work_{state}")
    assert not Mint.objects.exists()


def test_a_job_still_queued_cannot_be_minted(program: Client, job: Job, collection: Collection) -> None:
    status, body = ask(program, {"work": str(job.pk), "to": OWNER})
    assert (status, body["code"]) == (409, "work_not_ready")
    assert not Mint.objects.exists()


def test_a_work_is_minted_once(program: Client, work: Work) -> None:
    ask(program, {"work": str(work.pk), "to": OWNER})
    status, body = ask(program, {"work": str(work.pk), "to": OWNER})
    assert (status, body["code"]) == (409, "already_minted")
    assert Mint.objects.count() == 1


def test_the_same_key_gives_the_same_mint(program: Client, work: Work) -> None:
    wish = {"work": str(work.pk), "to": OWNER}
    _, first = ask(program, wish, **{"Idempotency-Key": "k1"})
    status, again = ask(program, wish, **{"Idempotency-Key": "k1"})
    assert (status, again["id"]) == (200, first["id"])
    status, other = ask(program, {**wish, "to": CONTRACT}, **{"Idempotency-Key": "k1"})
    assert (status, other["code"]) == (422, "idempotency_key_reused")
    assert Mint.objects.count() == 1


def test_minting_needs_its_scope(ada: Person, client_with: Callable[..., Client], work: Work) -> None:
    status, body = ask(client_with(ada, "read", "generate"), {"work": str(work.pk), "to": OWNER})
    assert (status, body["code"]) == (403, "missing_scope")
    assert not Mint.objects.exists()


def test_only_a_failed_mint_is_tried_again(program: Client, work: Work) -> None:
    _, mint = ask(program, {"work": str(work.pk), "to": OWNER})
    refused = program.post(f"{MINTS}/{mint['id']}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "mint_not_retryable")
    Mint.objects.update(status="failed", error_code="reverted", error_detail="The contract refused.")
    assert program.get(f"{MINTS}/{mint['id']}").json()["error"]["code"] == "reverted"
    retried = program.post(f"{MINTS}/{mint['id']}/retry").json()
    assert (retried["status"], retried["error"]) == ("requested", None)


@pytest.mark.parametrize("path", ["", "/retry", "/events"])
def test_somebody_elses_mint_is_not_there(
    bob: Person, program: Client, client_with: Callable[..., Client], work: Work, path: str
) -> None:
    _, mint = ask(program, {"work": str(work.pk), "to": OWNER})
    client = client_with(bob)
    response = (client.post if path == "/retry" else client.get)(f"{MINTS}/{mint['id']}{path}")
    assert (response.status_code, response.json()["code"]) == (404, "mint_not_found")


def test_collections_are_public(client: Client, collection: Collection) -> None:
    [listed] = client.get("/api/v1/collections").json()["results"]
    assert client.get(listed["urls"]["get"]).json() == listed
    assert (listed["slug"], listed["address"], listed["status"]) == ("first-light", CONTRACT, "ready")
    assert client.get(f"/api/v1/collections/{uuid4()}").json()["code"] == "collection_not_found"
