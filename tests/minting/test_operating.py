"""What operators do in the panel, on a real chain: the same services as the API's."""

import pytest
from django.test import Client

from accounts.models import Person
from generation.models import Work
from minting.chains import ChainConfig
from minting.models import Chain, Collection, Factory, SignerNonce, Transaction
from minting.signers import platform_signer
from minting.vouchers import CANCELED, issue_voucher, state_of
from tests.minting.stage import drive_until, nonces


@pytest.fixture
def operator(transactional_db: None) -> Client:
    """The browser of somebody who may operate."""
    person = Person.objects.create_superuser("otto", password="green-lantern-42")
    client = Client()
    client.force_login(person)
    return client


def test_a_voucher_that_an_operator_takes_back_is_canceled_on_the_chain(
    operator: Client, collection: Collection, person: Person, work: Work, owner: str
) -> None:
    voucher = issue_voucher(person=person, work=work, to=owner)
    operator.post(f"/admin/minting/voucher/{voucher.pk}/cancel/")
    drive_until(lambda: state_of(type(voucher).objects.select_related("cancellation").get()) == CANCELED)


def test_the_factory_is_deployed_once(operator: Client, collection: Collection) -> None:
    for _ in range(2):
        operator.post(f"/admin/minting/chain/{collection.chain_id}/deploy_factory/")
    drive_until(lambda: Factory.objects.filter(deployment__succeeded=True).exists())
    assert Factory.objects.count() == 1


def test_signers_that_may_mint_already_get_nothing(
    operator: Client, chain: ChainConfig, collection: Collection
) -> None:
    before = nonces(chain)
    page = operator.post(f"/admin/minting/collection/{collection.pk}/allow/", follow=True)
    assert "are getting it" in page.content.decode()
    assert nonces(chain) == before


def test_a_signers_page_compares_its_nonces_with_the_chains(operator: Client, collection: Collection) -> None:
    counter = SignerNonce.objects.get()
    page = f"/admin/minting/signernonce/{counter.pk}/change/"
    assert "none" in operator.get(page).content.decode()
    SignerNonce.objects.update(next_nonce=counter.next_nonce + 2)
    Transaction.objects.create(
        chain=Chain.objects.get(), signer=platform_signer().address, nonce=counter.next_nonce, kind="call", data=b""
    )
    assert f"{counter.next_nonce + 1}: the engine’s next round fills them" in operator.get(page).content.decode()
