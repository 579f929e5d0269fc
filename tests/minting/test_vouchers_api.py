"""Vouchers over the API: what the answer holds is all that a wallet needs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_typed_data
from pytest_django import Settings

from accounts.models import Person
from api.services import create_key
from generation.models import Work
from minting import vouchers
from minting.chains import ChainConfig
from minting.indexer.following import follow
from minting.models import Collection, Mint, Voucher
from minting.services import request_mint
from minting.signers import platform_signer
from tests.minting.stage import MakeWork, drive_to, drive_until, mine, nonces, rpc, transfers_from_nobody
from tests.minting.wallet import Wallet
from webhooks.models import OutboxEvent

VOUCHERS = "/api/v1/vouchers"
PRICE = 10**15


@pytest.fixture
def client(person: Person) -> Client:
    _, key = create_key(person=person, scopes=["read", "mint"])
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def wallet(chain: ChainConfig) -> Wallet:
    return Wallet(chain)


def ask(client: Client, work: Work, **terms: object) -> tuple[int, dict[str, Any]]:
    answer = client.post(VOUCHERS, {"work": str(work.pk), **terms}, content_type="application/json")
    return answer.status_code, answer.json()


def test_the_answer_is_all_that_a_wallet_needs(
    chain: ChainConfig, collection: Collection, client: Client, work: Work, wallet: Wallet
) -> None:
    status, body = ask(client, work, to=wallet.address, price=str(PRICE))
    assert (status, body["status"], body["transaction"]["value"]) == (201, "open", str(PRICE))
    signer = Account.recover_message(
        encode_typed_data(full_message=body["typed_data"]), signature=bytes.fromhex(body["signature"][2:])
    )
    assert signer == body["signer"] == platform_signer().address
    assert wallet.send(body["transaction"]) == 1
    follow(chain)
    assert client.get(f"{VOUCHERS}/{body['id']}").json()["status"] == "used"
    assert Mint.objects.get(work=work).to == wallet.address
    assert [event.type for event in OutboxEvent.objects.filter(subject=body["id"])] == [
        "voucher.open",
        "voucher.used",
    ]


def test_what_a_reorg_makes_of_a_used_voucher_is_told(
    chain: ChainConfig, collection: Collection, client: Client, work: Work, wallet: Wallet
) -> None:
    body = ask(client, work, to=wallet.address)[1]
    wallet.send(body["transaction"])
    follow(chain)
    rpc(chain, "anvil_reorg", 1, [])
    mine(chain)
    follow(chain)
    assert client.get(f"{VOUCHERS}/{body['id']}").json()["status"] == "open"
    wallet.send(body["transaction"])
    follow(chain)
    told = [event.type.split(".")[1] for event in OutboxEvent.objects.filter(subject=body["id"])]
    assert told == ["open", "used", "open", "used"]


def test_a_voucher_whose_token_the_platform_makes_is_told_used(
    chain: ChainConfig, collection: Collection, client: Client, person: Person, work: Work, owner: str
) -> None:
    body = ask(client, work, to=owner)[1]
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    rpc(chain, "anvil_reorg", 1, [])
    drive_until(lambda: OutboxEvent.objects.filter(subject=mint.pk, type="mint.mined").count() == 2)
    told = [event.type.split(".")[1] for event in OutboxEvent.objects.filter(subject=body["id"])]
    assert told == ["open", "used", "open", "used"]


def test_a_canceled_voucher_is_refused_by_the_chain(
    chain: ChainConfig, collection: Collection, client: Client, work: Work, wallet: Wallet
) -> None:
    _, body = ask(client, work, to=wallet.address)
    answer = client.post(f"{VOUCHERS}/{body['id']}/cancel").json()
    assert answer["status"] == "canceling"
    drive_until(lambda: client.get(f"{VOUCHERS}/{body['id']}").json()["status"] == "canceled")
    assert wallet.send(body["transaction"]) == 0
    assert transfers_from_nobody(chain, collection) == []
    assert [event.type.split(".")[1] for event in OutboxEvent.objects.filter(subject=body["id"])] == [
        "open",
        "canceling",
        "canceled",
    ]
    again = client.post(f"{VOUCHERS}/{body['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "voucher_not_cancelable")
    renewed = ask(client, work, to=wallet.address, price="1")[1]
    assert (renewed["status"], wallet.send(renewed["transaction"])) == ("open", 1)


def test_the_same_terms_give_the_same_voucher_and_others_are_refused(
    collection: Collection, client: Client, work: Work, owner: str
) -> None:
    first, again = ask(client, work, to=owner)[1], ask(client, work, to=owner)[1]
    assert first["id"] == again["id"]
    status, body = ask(client, work, to=owner, price="1")
    assert (status, body["code"]) == (409, "voucher_open")
    assert first["id"] in body["detail"]
    assert Voucher.objects.count() == 1


def test_an_expired_voucher_leaves_room_for_another(
    collection: Collection, client: Client, work: Work, owner: str
) -> None:
    first = ask(client, work, to=owner)[1]
    Voucher.objects.update(deadline=datetime.now(UTC) - timedelta(seconds=1))
    assert client.get(f"{VOUCHERS}/{first['id']}").json()["status"] == vouchers.EXPIRED
    assert ask(client, work, to=owner, price="1")[0] == 201


def test_what_cannot_be_minted_gets_no_voucher(
    chain: ChainConfig, collection: Collection, client: Client, make_work: MakeWork, owner: str
) -> None:
    stranger = Person.objects.create_user(username="eve", password="navy sun over waves")
    hidden = make_work(name="hidden")
    Work.objects.filter(pk=hidden.pk).update(review_state=Work.Review.HIDDEN)
    before = nonces(chain)
    for work, terms, code in (
        (make_work(name="theirs", maker=stranger), {}, "work_not_found"),
        (hidden, {}, "work_hidden"),
        (make_work(name="late"), {"deadline": "2020-01-01T00:00:00Z"}, "invalid_input"),
        (make_work(name="no wallet"), {"to": None}, "invalid_input"),
        (make_work(name="negative"), {"price": "-1"}, "invalid_input"),
    ):
        assert ask(client, work, **{"to": owner, **terms})[1]["code"] == code
    assert (Voucher.objects.count(), nonces(chain)) == (0, before)


def test_vouchers_are_their_makers_only(collection: Collection, client: Client, work: Work, owner: str) -> None:
    body = ask(client, work, to=owner)[1]
    eve = Person.objects.create_user(username="eve", password="navy sun over waves")
    _, key = create_key(person=eve, scopes=["read", "mint"])
    other = Client(headers={"Authorization": f"Bearer {key}"})
    assert other.get(f"{VOUCHERS}/{body['id']}").json()["code"] == "voucher_not_found"
    assert other.post(f"{VOUCHERS}/{body['id']}/cancel").status_code == 404
    assert other.get(VOUCHERS).json()["results"] == []
    assert [row["id"] for row in client.get(VOUCHERS).json()["results"]] == [body["id"]]


def test_a_reorg_that_takes_the_cancellation_back_is_told(
    chain: ChainConfig, collection: Collection, client: Client, work: Work, owner: str
) -> None:
    body = ask(client, work, to=owner)[1]
    client.post(f"{VOUCHERS}/{body['id']}/cancel")
    drive_until(lambda: client.get(f"{VOUCHERS}/{body['id']}").json()["status"] == "canceled")
    rpc(chain, "anvil_reorg", 1, [])
    drive_until(lambda: OutboxEvent.objects.filter(subject=body["id"]).count() == 5)
    types = [event.type.split(".")[1] for event in OutboxEvent.objects.filter(subject=body["id"])]
    assert types == ["open", "canceling", "canceled", "canceling", "canceled"]


def test_taking_vouchers_back_is_bounded_by_the_budget(
    chain: ChainConfig, collection: Collection, client: Client, work: Work, owner: str, settings: Settings
) -> None:
    settings.MINT_BUDGETS = {"person": {"mints": 0}}
    _, body = ask(client, work, to=owner)
    before = nonces(chain)
    answer = client.post(f"{VOUCHERS}/{body['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (429, "mint_budget_exhausted")
    assert (client.get(f"{VOUCHERS}/{body['id']}").json()["status"], nonces(chain)) == ("open", before)
