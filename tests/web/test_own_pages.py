"""Pages of one's own tokens, collections and vouchers."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person, Wallet
from minting.indexer.models import Token
from minting.models import Collection, Factory, Mint, Transaction, Voucher
from tests.web import samples

ADDRESS = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
OTHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
def minted(ada: Person) -> Mint:
    """Ada's work as a token that the index knows, in her wallet."""
    Wallet.objects.create(person=ada, address=ADDRESS)
    mint = samples.a_mint(samples.a_work(ada))
    index(mint, owner=ADDRESS)
    return mint


def index(mint: Mint, *, owner: str) -> Token:
    return Token.objects.create(
        collection=mint.collection,
        token_id=mint.work.content_hash,
        owner=owner,
        first_owner=owner,
        minted_block=7,
        minted_at=timezone.now(),
        mint_transaction=bytes(32),
        changed_block=7,
        transfers=0,
    )


def number(mint: Mint) -> int:
    return int.from_bytes(bytes(mint.work.content_hash), "big")


def test_my_tokens_are_those_of_my_wallets(as_ada: Client, as_bo: Client, minted: Mint) -> None:
    page = as_ada.get("/tokens/mine/").content.decode()
    assert f"/tokens/{minted.collection.chain_id}/{minted.collection.address}/{number(minted)}/" in page
    assert "No wallet is linked" in as_bo.get("/tokens/mine/").content.decode()


def test_a_token_that_was_given_away_is_mine_no_more(as_ada: Client, minted: Mint) -> None:
    Token.objects.update(owner=OTHER)
    assert as_ada.get("/tokens/mine/").context["holdings"] == []


def test_a_picture_taken_off_the_wall_is_not_shown_among_my_tokens(as_ada: Client, minted: Mint) -> None:
    minted.work.review_state = "rejected"
    minted.work.save()
    page = as_ada.get("/tokens/mine/")
    assert [holding.work for holding in page.context["holdings"]] == [None]
    assert "A token whose picture is not shown here" in page.content.decode()


def test_my_tokens_ask_who_one_is(client: Client, db: None) -> None:
    for address in ("/tokens/mine/", "/collections/new/"):
        assert client.get(address).status_code == 302


def test_a_form_for_a_collection_says_what_is_wrong_and_makes_nothing(as_ada: Client, ada: Person) -> None:
    filled = {"name": "Waves", "symbol": "WAVE", "owner": "0x12", "royalty": "5", "shares": ""}
    for changes, words in (
        ({}, "This is not an Ethereum address"),
        ({"owner": ADDRESS, "royalty": "11"}, "less than or equal to 10"),
        ({"owner": ADDRESS, "shares": "me and you"}, "is not an address and a number of parts"),
    ):
        page = as_ada.post("/collections/new/", {**filled, **changes})
        assert (page.status_code, words in page.content.decode()) == (422, True), words
    assert not Collection.objects.exists()


def test_the_form_says_what_each_kind_of_contract_costs_and_from_when_a_whole_one_pays(as_ada: Client) -> None:
    page = as_ada.get("/collections/new/").content.decode()
    assert '<input type="radio" name="kind" value="proxy" checked>' in page
    for words in ("about 347,000 gas", "about 4,467,000 gas", "takes 2,723 gas less", "from about 1,500 works on"):
        assert words in page
    assert page.count('name="kind"') == 2


def test_the_kind_that_was_chosen_is_kept_when_something_is_wrong(as_ada: Client, ada: Person) -> None:
    filled = {"name": "Waves", "symbol": "WAVE", "owner": "0x12", "royalty": "5", "shares": "", "kind": "whole"}
    page = as_ada.post("/collections/new/", filled)
    assert '<input type="radio" name="kind" value="whole" checked>' in page.content.decode()
    wrong = as_ada.post("/collections/new/", {**filled, "kind": "half"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["kind"])
    assert not Collection.objects.exists()


def test_a_collections_page_says_which_kind_it_is(client: Client, ada: Person) -> None:
    place = samples.a_mint(samples.a_work(ada)).collection
    deployment = Transaction.objects.create(chain=place.chain, signer=OTHER, nonce=0, kind="factory", data=b"")
    factory = Factory.objects.create(chain=place.chain, address=OTHER, code_hash=bytes(32), deployment=deployment)
    told = []
    for fields in ({"factory": None}, {"factory": factory}, {"factory": factory, "is_whole": True}):
        Collection.objects.filter(pk=place.pk).update(**fields)
        page = client.get(f"/collections/{place.pk}/").content.decode()
        told.append(page.split("<dt>Kind</dt><dd>")[1].split(" <code>")[0].split("</dd>")[0])
    assert told == [
        "a contract of its own",
        "a minimal proxy (ERC-1167) of the factory",
        "a whole contract, made by the factory",
    ]


def test_a_collection_has_a_page_for_everybody(client: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    Collection.objects.update(
        royalty_basis_points=750, royalty_shares=[{"address": ADDRESS, "parts": 3}, {"address": OTHER, "parts": 1}]
    )
    page = client.get(f"/collections/{mint.collection_id}/").content.decode()
    for words in (mint.collection.address, "7.5 % of later sales", "75 % to", "25 % to"):
        assert words in page


def test_the_dialog_offers_both_ways_and_only_collections_that_are_open_to_her(
    as_ada: Client, ada: Person, bo: Person
) -> None:
    mint = samples.a_mint(samples.a_work(bo))
    Collection.objects.create(
        slug="bos-own",
        chain=mint.collection.chain,
        address=OTHER,
        name="Bo’s own",
        symbol="BO",
        owner=bo,
        status="ready",
    )
    work = samples.a_work(ada, number=1)
    page = as_ada.get(f"/works/{work.pk}/").content.decode()
    assert 'name="way" value="relayed" checked' in page
    assert 'name="way" value="wallet"' in page
    assert "Bo’s own" not in page
    refused = as_ada.post(
        f"/works/{work.pk}/mint/", {"collection": Collection.objects.get(slug="bos-own").pk, "to": ADDRESS}
    )
    assert (refused.status_code, Mint.objects.filter(work=work).exists()) == (422, False)


def test_a_wallets_way_leads_to_a_voucher_with_its_costs(as_ada: Client, as_bo: Client, ada: Person) -> None:
    place = samples.a_mint(samples.a_work(ada)).collection
    work = samples.a_work(ada, number=1)
    form = {"collection": place.pk, "to": ADDRESS, "way": "wallet", "price": "0.25"}
    answer = as_ada.post(f"/works/{work.pk}/mint/", form)
    voucher = Voucher.objects.get()
    assert answer["Location"] == f"/vouchers/{voucher.pk}/"
    page = as_ada.get(answer["Location"]).content.decode()
    for words in ("0.25", "Chain’s fee", f'data-value="{25 * 10**16}"', f'data-to="{place.address}"'):
        assert words in page
    assert as_bo.get(answer["Location"]).status_code == 404
    assert not Mint.objects.filter(work=work).exists()


def test_wallet_code_is_loaded_only_where_a_wallet_is_used(as_ada: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    for address in ("/", f"/works/{work.pk}/", "/tokens/mine/"):
        assert "wallet" not in "".join(
            line for line in as_ada.get(address).content.decode().splitlines() if "<script" in line
        )


def test_a_token_names_every_attempt_and_what_became_of_it(client: Client, ada: Person) -> None:
    mint = samples.a_mint(samples.a_work(ada))
    assert mint.transaction is not None
    mined = mint.transaction.attempts.get()
    mint.transaction.attempts.create(
        raw=b"", hash=b"\x99" * 32, max_fee_per_gas=3 * 10**9, max_priority_fee_per_gas=10**9, times_sent=2
    )
    page = client.get(f"/tokens/{mint.collection.chain_id}/{mint.collection.address}/{number(mint)}/")
    lines = page.context["attempts"]
    assert [(bytes(line.hash), line.mined) for line in lines] == [(bytes(mined.hash), True), (b"\x99" * 32, False)]
    text = page.content.decode()
    for words in ("It was mined, in block", "can never be", "3 gwei per gas at most", "2 times"):
        assert words in text
