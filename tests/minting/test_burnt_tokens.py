"""A token that its owner burnt, on a real chain: it shows everywhere within a block, and cannot be made again."""

from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Person
from accounts.models import Wallet as LinkedWallet
from api.services import create_key
from generation.models import Work
from minting.batches import BatchRefused, Wish, request_mints
from minting.chains import ChainConfig
from minting.errors import TokenBurnt
from minting.indexer.following import follow
from minting.models import Collection, Mint, MintBudgetUse, Token, Transaction, Voucher
from minting.services import request_mint, retry_mint
from minting.vouchers import issue_voucher
from tests.minting.stage import MakeWork, drive_to, mine, nonces, rpc, token_id
from tests.minting.wallet import Wallet


@pytest.fixture
def wallet(chain: ChainConfig, person: Person) -> Wallet:
    """The person's own, linked."""
    wallet = Wallet(chain)
    LinkedWallet.objects.create(person=person, address=wallet.address)
    return wallet


@pytest.fixture
def block(chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet) -> int:
    """The block in which the work's token was burnt, which the index has read."""
    wallet.mint(collection, work)
    follow(chain)
    block = wallet.burn(collection, work)
    follow(chain)
    return block


def token_page(collection: Collection, work: Work) -> str:
    return f"/tokens/{collection.chain_id}/{collection.address}/{token_id(work)}/"


def test_the_index_knows_it_a_block_later(block: int, work: Work, wallet: Wallet) -> None:
    token = Token.objects.get()
    assert (token.is_burnt, token.owner, token.first_owner) == (True, "", wallet.address)
    assert (token.changed_block, token.transfers) == (block, 1)
    assert Mint.objects.get().status == "mined"


def test_its_page_says_so_and_by_which_block(block: int, collection: Collection, work: Work, client: Client) -> None:
    page = client.get(token_page(collection, work))
    text = page.content.decode()
    assert f"Nobody owns it any more: it was burnt in block {block}" in text
    assert "Not on the chain" not in text
    first = page.context["lines"][0]
    assert (first.check, first.state) == ("owner", "does_not_hold")
    assert first.sentence.startswith(f"The token is no longer on Test chain: it was burnt in block {block}.")


def test_its_description_is_still_the_one_that_the_contract_named(
    block: int, collection: Collection, work: Work, client: Client
) -> None:
    lines = client.get(token_page(collection, work)).context["lines"]
    inputs = next(line.inputs for line in lines if line.check == "metadata")
    assert (inputs["cid"], inputs["told-by-chain"]) == (Mint.objects.get().metadata_file.cid, "yes")


def test_when_the_chain_is_silent_its_page_says_what_was_read_before(
    block: int, collection: Collection, work: Work, client: Client, chain: ChainConfig, settings: Settings
) -> None:
    settings.CHAINS = (replace(chain, rpc_urls=("http://127.0.0.1:9",)),)
    text = client.get(token_page(collection, work)).content.decode()
    assert "Cannot be told now" in text
    assert f"when it was made, and was burnt in block {block}." in text


def test_it_is_gone_from_her_tokens_and_from_its_collection(
    block: int, collection: Collection, work: Work, person: Person, client: Client
) -> None:
    client.force_login(person)
    assert client.get("/tokens/mine/").context["holdings"] == []
    assert client.get(f"/collections/{collection.pk}/").context["works"] == []


def test_the_api_names_the_block(block: int, collection: Collection, person: Person, make_work: MakeWork) -> None:
    other = request_mint(person=person, work=make_work(name="two"), to="0x" + 40 * "2", collection=collection)
    _, key = create_key(person=person, scopes=["read"])
    program = Client(headers={"Authorization": f"Bearer {key}"})
    rows = program.get("/api/v1/mints").json()["results"]
    burnt = {row["id"]: row["burnt_block"] for row in rows}
    gone = Mint.objects.exclude(pk=other.pk).get()
    assert burnt == {str(other.pk): None, str(gone.pk): block}
    assert program.get(f"/api/v1/mints/{gone.pk}").json()["burnt_block"] == block


def test_a_burning_that_a_reorg_takes_back_gives_the_token_back(
    chain: ChainConfig, block: int, wallet: Wallet
) -> None:
    rpc(chain, "anvil_reorg", 1, [])
    mine(chain)
    follow(chain)
    token = Token.objects.get()
    assert (token.owner, token.transfers) == (wallet.address, 0)


@pytest.mark.parametrize("known", ["with its mint", "without its mint"])
def test_it_cannot_be_asked_for_again_in_any_way(
    known: str, chain: ChainConfig, block: int, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    if known == "without its mint":
        Mint.objects.all().delete()
    before = (nonces(chain), Mint.objects.count(), list(MintBudgetUse.objects.values()))
    words = f"token in “First light” was burnt in block {block}"
    with pytest.raises(TokenBurnt, match=words):
        request_mint(person=person, work=work, to=owner)
    with pytest.raises(TokenBurnt, match=words):
        issue_voucher(person=person, work=work, to=owner)
    with pytest.raises(BatchRefused) as refused:
        request_mints(person=person, wishes=[Wish(work=work.pk, to=owner)])
    assert [(error.field, error.code) for error in refused.value.errors] == [("mints[0].work", "token_burnt")]
    assert (nonces(chain), Mint.objects.count(), list(MintBudgetUse.objects.values())) == before
    assert not Voucher.objects.exists()


def test_a_mint_that_failed_is_not_tried_again_once_the_token_is_burnt(
    chain: ChainConfig, block: int, person: Person
) -> None:
    Mint.objects.update(status=Mint.Status.FAILED)
    before = nonces(chain)
    with pytest.raises(TokenBurnt):
        retry_mint(mint=Mint.objects.get())
    assert (Mint.objects.get().status, nonces(chain)) == ("failed", before)


def test_the_dialog_does_not_offer_its_collection(block: int, work: Work, person: Person, client: Client) -> None:
    Mint.objects.all().delete()
    client.force_login(person)
    page = client.get(f"/works/{work.pk}/").content.decode()
    assert 'name="way" value="relayed"' not in page


def test_what_the_index_has_not_read_yet_fails_before_anything_is_sent(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, wallet: Wallet, owner: str
) -> None:
    wallet.mint(collection, work)
    block = wallet.burn(collection, work)
    sent = Transaction.objects.count()
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.FAILED)
    assert (mint.error_code, mint.transaction) == ("token_burnt", None)
    assert mint.error_detail.startswith(f"This picture’s token here was burnt in block {block}.")
    assert Transaction.objects.count() == sent
    assert MintBudgetUse.objects.get(subject="everybody").mints == 0
