"""Operators look after vouchers, contracts, batches and signers; who does not operate sees and does nothing."""

import pytest
from django.test import Client
from pytest_django import Settings

from generation.models import Work
from minting.chains import ChainConfig
from minting.models import Mint, MintBatch, SignerNonce, Transaction, TransactionAttempt, Voucher
from tests.admin.conftest import ADDRESS, a_voucher, digest

ROOMS = ("voucher", "factory", "splitter", "mintbatch", "signernonce", "alert", "transaction")


@pytest.mark.parametrize("room", ROOMS)
def test_operators_see_the_rooms_of_minting_and_curators_do_not(
    operator: Client, curator: Client, everything: None, room: str
) -> None:
    assert operator.get(f"/admin/minting/{room}/").status_code == 200
    assert curator.get(f"/admin/minting/{room}/").status_code == 403


def test_operators_see_the_outbox_and_curators_do_not(operator: Client, curator: Client, everything: None) -> None:
    page = operator.get("/admin/webhooks/outboxevent/?q=mint.failed")
    assert (page.status_code, "mint.failed" in page.content.decode()) == (200, True)
    assert curator.get("/admin/webhooks/outboxevent/").status_code == 403


@pytest.mark.parametrize("who", ["plain_staff", "curator"])
def test_who_does_not_operate_takes_no_voucher_back_and_deploys_nothing(
    request: pytest.FixtureRequest, everything: None, who: str
) -> None:
    client: Client = request.getfixturevalue(who)
    voucher, batch, before = Voucher.objects.get(), MintBatch.objects.get(), Transaction.objects.count()
    for address in (
        f"/admin/minting/voucher/{voucher.pk}/cancel/",
        f"/admin/minting/mintbatch/{batch.pk}/retry_failed/",
        "/admin/minting/chain/31337/deploy_factory/",
        f"/admin/minting/collection/{voucher.collection_id}/allow/",
    ):
        assert client.post(address).status_code == 403, address
    assert (Transaction.objects.count(), Mint.objects.get().status) == (before, "failed")


def test_a_link_takes_no_voucher_back_by_itself(operator: Client, everything: None) -> None:
    voucher = Voucher.objects.get()
    page = operator.get(f"/admin/minting/voucher/{voucher.pk}/cancel/")
    assert (page.status_code, "Take this voucher back?" in page.content.decode()) == (200, True)
    voucher.refresh_from_db()
    assert voucher.cancellation is None


def test_a_voucher_that_is_not_open_says_why_it_stays(operator: Client, mint: Mint) -> None:
    voucher = a_voucher(mint.work, mint.collection)
    Voucher.objects.update(deadline="2020-01-01T00:00Z")
    page = operator.post(f"/admin/minting/voucher/{voucher.pk}/cancel/", follow=True)
    assert "Only an open voucher can be canceled; this one is expired." in page.content.decode()


def test_a_vouchers_page_names_its_royalty_and_price(operator: Client, everything: None) -> None:
    page = operator.get(f"/admin/minting/voucher/{Voucher.objects.get().pk}/change/").content.decode()
    assert f"7.5 % to {ADDRESS}" in page
    assert "0.001" in page


def test_the_failed_mints_of_a_batch_are_requested_again(operator: Client, everything: None) -> None:
    batch = MintBatch.objects.get()
    operator.post(f"/admin/minting/mintbatch/{batch.pk}/retry_failed/")
    assert Mint.objects.get().status == "requested"


def test_a_batch_one_of_whose_mints_cannot_be_retried_stays_as_it_is(
    operator: Client, everything: None, work: Work
) -> None:
    Work.objects.filter(pk=work.pk).update(review_state=Work.Review.REJECTED)
    page = operator.post(f"/admin/minting/mintbatch/{MintBatch.objects.get().pk}/retry_failed/", follow=True)
    assert "rejected this work" in page.content.decode()
    assert Mint.objects.get().status == "failed"


def test_a_canceled_mint_says_what_was_really_mined(operator: Client, mint: Mint) -> None:
    carrier = mint.transaction
    assert carrier is not None
    cancellation = TransactionAttempt.objects.create(
        transaction=carrier, raw=b"nothing", hash=digest("cancellation"), max_fee_per_gas=3,
        max_priority_fee_per_gas=2, is_cancellation=True,
    )  # fmt: skip
    page = f"/admin/minting/mint/{mint.pk}/change/"
    assert "Nothing yet." in operator.get(page).content.decode()
    Transaction.objects.update(hash=cancellation.hash, block_number=7, succeeded=True, canceled=True, status="mined")
    assert "This cancellation was mined, in block 7." in operator.get(page).content.decode()
    attempts = operator.get(f"/admin/minting/transaction/{carrier.pk}/change/").content.decode()
    assert "Another attempt with the same number was mined, so this one can never be." in attempts
    Transaction.objects.update(hash=digest("attempt"), canceled=False)
    assert "It was mined, in block 7." in operator.get(page).content.decode()


def test_a_signers_page_names_what_is_under_way(operator: Client, everything: None, settings: Settings) -> None:
    settings.CHAINS = (ChainConfig(chain_id=31337, name="Test chain", rpc_urls=("http://127.0.0.1:9",)),)
    page = operator.get(f"/admin/minting/signernonce/{SignerNonce.objects.get().pk}/change/").content.decode()
    assert "1, the oldest with nonce 4" in page
    assert "the chain does not answer" in page
