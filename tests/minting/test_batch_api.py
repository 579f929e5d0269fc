"""Many mints in one request: all, or none with the reasons."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from api.services import create_key
from generation.models import Work
from minting.models import Collection, Mint, MintBatch
from tests.minting.stage import MakeWork, drive_until
from webhooks.models import OutboxEvent

BATCH = "/api/v1/mints/batch"


@pytest.fixture
def client(person: Person) -> Client:
    _, key = create_key(person=person, scopes=["read", "mint"])
    return Client(headers={"Authorization": f"Bearer {key}"})


def ask(client: Client, *mints: Mapping[str, object], **headers: str) -> tuple[int, dict[str, Any]]:
    answer = client.post(BATCH, {"mints": list(mints)}, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_all_are_requested_in_order_and_become_tokens(
    collection: Collection, client: Client, make_work: MakeWork, owner: str
) -> None:
    works = [make_work(name=f"number {number}") for number in range(3)]
    status, body = ask(client, *({"work": str(work.pk), "to": owner} for work in works))
    assert (status, [mint["work"] for mint in body["mints"]]) == (201, [str(work.pk) for work in works])
    drive_until(lambda: Mint.objects.filter(status=Mint.Status.MINED).count() == 3)
    assert client.get(f"{BATCH}/{body['id']}").json()["mints"][2]["status"] == "mined"
    assert OutboxEvent.objects.filter(type="mint.requested").count() == 3


def test_one_bad_item_refuses_all_and_each_is_named(
    collection: Collection, client: Client, make_work: MakeWork, owner: str
) -> None:
    good, hidden, theirs = make_work(name="good"), make_work(name="hidden"), make_work(name="theirs")
    Work.objects.filter(pk=hidden.pk).update(review_state=Work.Review.HIDDEN)
    Work.objects.filter(pk=theirs.pk).update(person=Person.objects.create_user(username="eve"))
    status, body = ask(
        client,
        {"work": str(good.pk), "to": owner},
        {"work": str(hidden.pk), "to": owner},
        {"work": str(theirs.pk), "to": owner},
        {"work": str(good.pk), "to": owner},
        {"work": str(make_work(name="to nobody").pk), "to": "0x12"},
        {"work": str(make_work(name="to nowhere").pk), "to": owner, "collection": "nothing"},
    )
    assert (status, body["code"]) == (422, "batch_refused")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [
        ("mints[1].work", "work_hidden"),
        ("mints[2].work", "work_not_found"),
        ("mints[3].work", "already_minted"),
        ("mints[4].to", "bad_address"),
        ("mints[5].collection", "unknown_collection"),
    ]
    assert (
        Mint.objects.count(),
        MintBatch.objects.count(),
        OutboxEvent.objects.filter(type__startswith="mint").count(),
    ) == (0, 0, 0)


def test_one_key_requests_once(collection: Collection, client: Client, work: Work, owner: str) -> None:
    wish = {"work": str(work.pk), "to": owner}
    headers = {"Idempotency-Key": "once"}
    assert [ask(client, wish, **headers)[0] for _ in range(2)] == [201, 200]
    assert Mint.objects.count() == 1


def test_a_batch_has_1_to_100_items(collection: Collection, client: Client, work: Work, owner: str) -> None:
    wish = {"work": str(work.pk), "to": owner}
    assert [ask(client, *[wish] * count)[0] for count in (0, 101)] == [422, 422]
    assert Mint.objects.count() == 0
