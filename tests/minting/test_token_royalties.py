"""A royalty of one token's own: asked for over the API, relayed or self-paid, and what the chain says then."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from eth_account import Account

from accounts.models import Person, Wallet
from api.services import create_key
from generation.models import Work
from minting.chain_reader import royalty_of
from minting.chains import ChainConfig
from minting.deploying import ensure_factory
from minting.indexer.following import follow
from minting.models import Collection, Factory, Mint, MintBudgetUse, Splitter, Transaction, Voucher
from tests.minting.stage import MakeWork, drive_to, drive_until, nonces, rpc, token_id
from tests.minting.wallet import Wallet as SendingWallet

ANN, BEA = sorted((str(Account.create().address) for _ in range(2)), key=lambda address: int(address, 16))
SHARES = [{"address": BEA, "parts": 1}, {"address": ANN, "parts": 3}]
ORDERED = [{"address": ANN, "parts": 3}, {"address": BEA, "parts": 1}]


@pytest.fixture
def client(person: Person) -> Client:
    _, key = create_key(person=person, scopes=["read", "mint"])
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def factory(collection: Collection) -> Factory:
    made = ensure_factory()
    drive_until(lambda: Transaction.objects.filter(pk=made.deployment_id, succeeded=True).exists())
    return made


def ask(client: Client, route: str, work: Work, **wish: object) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/api/v1/{route}", {"work": str(work.pk), **wish}, content_type="application/json")
    return answer.status_code, answer.json()


def on_chain(work: Work, collection: Collection) -> tuple[str, int] | None:
    royalty = royalty_of(collection=collection, token_id=token_id(work))
    return royalty.terms() if royalty else None


def test_a_relayed_token_has_the_royalty_that_was_asked_for(
    client: Client, collection: Collection, work: Work, owner: str
) -> None:
    wish = {"basis_points": 750, "shares": [{"address": ANN.lower(), "parts": 1}]}
    status, body = ask(client, "mints", work, to=owner, royalty=wish)
    assert (status, body["royalty"]) == (201, {"basis_points": 750, "receiver": ANN, "shares": []})
    drive_to(Mint.objects.get(), Mint.Status.MINED)
    assert on_chain(work, collection) == (ANN, 750)
    assert Splitter.objects.count() == 0


def test_several_receive_it_through_a_splitter_that_the_platform_makes_once(
    client: Client, chain: ChainConfig, factory: Factory, collection: Collection, make_work: MakeWork, owner: str
) -> None:
    works = [make_work(name="one"), make_work(name="two")]
    for work in works:
        status, body = ask(client, "mints", work, to=owner, royalty={"basis_points": 300, "shares": SHARES})
        assert (status, body["royalty"]["shares"]) == (201, ORDERED)
    splitter = Splitter.objects.get()
    for mint in Mint.objects.all():
        drive_to(mint, Mint.Status.MINED)
    assert [on_chain(work, collection) for work in works] == [(splitter.address, 300)] * 2
    assert len(rpc(chain, "eth_getCode", splitter.address, "latest")) > 2
    royalty = royalty_of(collection=collection, token_id=token_id(works[0]))
    assert royalty is not None
    assert [(payee.address, payee.percent) for payee in royalty.payees] == [(ANN, Decimal(75)), (BEA, Decimal(25))]
    assert {use.mints for use in MintBudgetUse.objects.all()} == {3}, "the splitter counts like a mint"


def test_a_wallet_mints_with_the_royalty_of_its_voucher(
    client: Client, chain: ChainConfig, factory: Factory, collection: Collection, work: Work
) -> None:
    wallet = SendingWallet(chain)
    wish = {"basis_points": 1000, "shares": SHARES}
    status, body = ask(client, "vouchers", work, to=wallet.address, price="10", royalty=wish)
    assert (status, body["typed_data"]["primaryType"]) == (201, "MintVoucherWithRoyalty")
    splitter = Splitter.objects.get()
    wallet.send(body["transaction"])
    follow(chain)
    assert on_chain(work, collection) == (splitter.address, 1000)
    assert Mint.objects.get().own_royalty() == (splitter.address, 1000)
    again, refused = ask(client, "vouchers", work, to=wallet.address)
    assert (again, refused["code"]) == (409, "already_minted")


def test_a_voucher_with_another_royalty_is_refused_while_one_is_open(
    client: Client, collection: Collection, work: Work, owner: str
) -> None:
    wish = {"basis_points": 100, "shares": [{"address": ANN, "parts": 1}]}
    _, first = ask(client, "vouchers", work, to=owner, royalty=wish)
    assert ask(client, "vouchers", work, to=owner, royalty=wish)[1]["id"] == first["id"]
    for other in (None, {**wish, "basis_points": 200}):
        assert ask(client, "vouchers", work, to=owner, royalty=other)[1]["code"] == "voucher_open"
    client.post(f"/api/v1/vouchers/{first['id']}/cancel")
    drive_until(lambda: client.get(f"/api/v1/vouchers/{first['id']}").json()["status"] == "canceled")
    assert Voucher.objects.count() == 1


def test_without_shares_it_goes_to_the_creators_first_wallet(
    client: Client, person: Person, collection: Collection, work: Work, owner: str
) -> None:
    status, body = ask(client, "mints", work, to=owner, royalty={"basis_points": 0})
    assert (status, body["errors"][0]["field"], Mint.objects.count()) == (422, "royalty.shares", 0)
    Wallet.objects.create(person=person, address=BEA)
    _, body = ask(client, "mints", work, to=owner, royalty={"basis_points": 0})
    assert body["royalty"] == {"basis_points": 0, "receiver": BEA, "shares": []}


def test_without_a_percentage_it_is_the_collections(
    client: Client, collection: Collection, work: Work, owner: str
) -> None:
    _, body = ask(client, "mints", work, to=owner, royalty={"shares": [{"address": ANN, "parts": 1}]})
    assert body["royalty"] == {"basis_points": 500, "receiver": ANN, "shares": []}


@pytest.mark.parametrize(
    "royalty",
    [
        {"basis_points": 1001},
        {"basis_points": -1},
        {"shares": [{"address": "0x12", "parts": 1}]},
        {"shares": [{"address": ANN, "parts": 1}, {"address": ANN.lower(), "parts": 1}]},
        {"shares": [{"address": ANN, "parts": 0}]},
    ],
)
def test_an_impossible_royalty_is_refused_and_nothing_is_done(
    client: Client, chain: ChainConfig, collection: Collection, work: Work, owner: str, royalty: dict[str, object]
) -> None:
    before = nonces(chain)
    status, body = ask(client, "mints", work, to=owner, royalty=royalty)
    assert (status, body["errors"][0]["field"].startswith("royalty")) == (422, True)
    assert (Mint.objects.count(), Splitter.objects.count(), nonces(chain)) == (0, 0, before)


def test_a_contract_that_takes_no_tokens_royalty_is_not_asked_to(
    client: Client, collection: Collection, work: Work, owner: str
) -> None:
    Collection.objects.filter(pk=collection.pk).update(address=owner)
    wish = {"shares": [{"address": ANN, "parts": 1}]}
    status, body = ask(client, "mints", work, to=owner, royalty=wish)
    assert (status, body["code"], Mint.objects.count()) == (409, "royalty_not_taken", 0)


def test_a_splitter_is_not_made_for_a_mint_that_is_refused(
    client: Client, chain: ChainConfig, factory: Factory, work: Work, owner: str
) -> None:
    ask(client, "mints", work, to=owner)
    before = nonces(chain)
    status, body = ask(client, "mints", work, to=owner, royalty={"shares": SHARES})
    assert (status, body["code"], Splitter.objects.count(), nonces(chain)) == (409, "already_minted", 0, before)


def test_mints_of_one_royalty_share_a_transaction_and_no_others(
    client: Client, collection: Collection, make_work: MakeWork, owner: str
) -> None:
    royalties = [ANN, ANN, ANN, None, None, None]
    wishes = [
        {
            "work": str(make_work(name=f"work {place}").pk),
            "to": owner,
            "royalty": receiver and {"basis_points": 100, "shares": [{"address": receiver, "parts": 1}]},
        }
        for place, receiver in enumerate(royalties)
    ]
    answer = client.post("/api/v1/mints/batch", {"mints": wishes}, content_type="application/json")
    assert answer.status_code == 201, answer.json()
    for mint in Mint.objects.all():
        drive_to(mint, Mint.Status.MINED)
    carriers = {mint.royalty_receiver: mint.transaction_id for mint in Mint.objects.all()}
    assert (Transaction.objects.filter(kind="mint").count(), len(set(carriers.values()))) == (2, 2)
    found = [on_chain(mint.work, collection) for mint in Mint.objects.order_by("id").select_related("work")]
    assert found[:3] == [(ANN, 100)] * 3
    assert all(terms is not None and terms[1] == 500 for terms in found[3:])


def test_the_page_asks_for_it_and_the_tokens_page_says_what_the_chain_says(
    person: Person, chain: ChainConfig, factory: Factory, collection: Collection, work: Work, owner: str
) -> None:
    browser = Client()
    browser.force_login(person)
    form = {"collection": str(collection.pk), "to": owner, "way": "relayed", "royalty": "7.5"}
    wrong = browser.post(f"/works/{work.pk}/mint/", {**form, "shares": f"{ANN} three"})
    assert (wrong.status_code, "is not an address and a number of parts" in wrong.content.decode()) == (422, True)
    high = browser.post(f"/works/{work.pk}/mint/", {**form, "royalty": "10.01", "shares": ANN})
    assert (high.status_code, Mint.objects.count()) == (422, 0)
    asked = browser.post(f"/works/{work.pk}/mint/", {**form, "shares": f"{ANN} 3\n{BEA}"})
    mint = Mint.objects.get()
    assert asked["Location"] == f"/mints/{mint.pk}/"
    assert "7.5 % of later sales, shared through" in browser.get(asked["Location"]).content.decode()
    drive_to(mint, Mint.Status.MINED)
    page = browser.get(f"/tokens/{collection.chain_id}/{collection.address}/{token_id(work)}/").content.decode()
    assert "7.5 % of each sale" in page
    assert "a splitter, which pays" in page
    assert "75 % to" in page
    assert "as its maker asked" in page
