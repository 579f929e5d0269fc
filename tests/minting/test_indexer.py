"""The index of tokens: what the chain says shows up, what a reorg takes back goes, and all of it can be rebuilt."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Person
from generation.models import Work
from minting.chains import ChainConfig
from minting.indexer.following import follow
from minting.indexer.logs import Events, logs_between
from minting.indexer.models import IndexedCollection, IndexedTip, Token, TokenEvent
from minting.models import Collection, Mint
from minting.rpc import RpcError, client_for
from minting.services import request_mint
from tests.minting.stage import MakeWork, drive_to, mine, rpc
from tests.minting.wallet import Wallet

ELSEWHERE = "0x000000000000000000000000000000000000bEEF"


@pytest.fixture
def wallet(chain: ChainConfig) -> Wallet:
    return Wallet(chain)


def index() -> list[dict[str, Any]]:
    """All that the index says of tokens and events, but for row ids."""
    tokens = Token.objects.order_by("token_id").values()
    events = TokenEvent.objects.order_by("block_number", "log_index").values()
    return [
        {key: bytes(value) if isinstance(value, memoryview) else value for key, value in row.items() if key != "id"}
        for row in [*tokens, *events]
    ]


def test_a_relayed_token_is_indexed_with_its_hashes(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    follow(chain)
    token = Token.objects.get()
    assert mint.transaction is not None
    assert bytes(token.token_id) == bytes(work.content_hash)
    assert (token.owner, token.first_owner, token.transfers) == (owner, owner, 0)
    assert (token.minted_block, bytes(token.mint_transaction)) == (
        mint.transaction.block_number,
        bytes(mint.transaction.hash or b""),
    )
    assert bytes(token.pixel_hash or b"") == bytes(work.pixel_hash)
    assert bytes(token.recipe_hash or b"") == bytes(work.recipe_hash)
    assert bytes(token.metadata_hash or b"") == bytes(mint.metadata_file.sha256)
    assert Mint.objects.count() == 1


def test_a_token_minted_by_a_wallet_of_its_own_gets_its_mint(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet
) -> None:
    wallet.mint(collection, work, price=5)
    follow(chain)
    mint = Mint.objects.get()
    assert (mint.status, mint.to, mint.work, mint.person) == ("mined", wallet.address, work, work.person)
    assert mint.transaction is None
    mine(chain, chain.confirmations)
    follow(chain)
    mint.refresh_from_db()
    assert (mint.status, mint.final_at is not None) == ("final", True)


def test_a_transfer_changes_the_owner_and_nothing_else(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet
) -> None:
    wallet.mint(collection, work)
    follow(chain)
    before = Token.objects.get()
    wallet.transfer(collection, work, ELSEWHERE)
    follow(chain)
    token = Token.objects.get()
    assert (token.owner, token.first_owner, token.transfers) == (ELSEWHERE, wallet.address, 1)
    assert (token.id, token.minted_block, token.changed_block) == (
        before.id,
        before.minted_block,
        1 + before.minted_block,
    )


def test_a_round_without_news_changes_nothing(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet
) -> None:
    wallet.mint(collection, work)
    assert follow(chain) == TokenEvent.objects.count()
    before = index()
    assert follow(chain) == 0
    assert index() == before


def test_what_a_reorg_takes_back_goes_from_the_index_and_its_mint_ends(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet
) -> None:
    follow(chain)
    before = index()
    wallet.mint(collection, work)
    follow(chain)
    # anvil drops the transactions of the blocks that it replaces.
    rpc(chain, "anvil_reorg", 1, [])
    mine(chain)
    follow(chain)
    assert index() == before
    mint = Mint.objects.get()
    assert (mint.status, mint.error_code) == ("failed", "taken_back_by_the_chain")


def test_a_transfer_that_a_reorg_takes_back_gives_the_token_back(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet
) -> None:
    wallet.mint(collection, work)
    follow(chain)
    before = index()
    wallet.transfer(collection, work, ELSEWHERE)
    follow(chain)
    rpc(chain, "anvil_reorg", 1, [])
    follow(chain)
    assert index() == before
    assert Mint.objects.get().status == "mined"


def test_a_token_that_is_mined_again_after_a_reorg_comes_back(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet
) -> None:
    wallet.mint(collection, work)
    follow(chain)
    rpc(chain, "anvil_reorg", 1, [])
    follow(chain)
    wallet.mint(collection, work)
    follow(chain)
    assert Token.objects.get().owner == wallet.address
    assert sorted(Mint.objects.values_list("status", flat=True)) == ["failed", "mined"]


def test_the_index_is_rebuilt_from_the_chain_alone(
    chain: ChainConfig,
    collection: Collection,
    make_work: MakeWork,
    wallet: Wallet,
    capsys: pytest.CaptureFixture[str],
) -> None:
    works = [make_work(name=name) for name in ("one", "two", "three")]
    for work in works:
        wallet.mint(collection, work)
    wallet.transfer(collection, works[1], ELSEWHERE)
    follow(chain)
    before, mints = index(), list(Mint.objects.order_by("created_at").values_list("work", "to"))
    for table in (TokenEvent, Token, IndexedTip, IndexedCollection, Mint):
        table.objects.all().delete()
    call_command("reindex")
    assert index() == before
    assert sorted(Mint.objects.values_list("work", "to")) == sorted(mints)
    assert "3 tokens known" in capsys.readouterr().out


def test_a_part_is_read_again_from_a_block_on(
    chain: ChainConfig, collection: Collection, make_work: MakeWork, wallet: Wallet
) -> None:
    for name in ("one", "two"):
        wallet.mint(collection, make_work(name=name))
    follow(chain)
    before, last = index(), TokenEvent.objects.order_by("-block_number").first()
    assert last is not None
    TokenEvent.objects.filter(block_number=last.block_number).update(transaction_hash=b"damaged")
    call_command("reindex", from_block=last.block_number)
    assert index() == before


def test_a_chain_that_is_not_configured_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no chain with id 5"):
        call_command("reindex", chain=5)


def test_a_node_that_refuses_long_ranges_is_asked_in_shorter_ones(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet.mint(collection, work)
    client = client_for(chain)
    answer = client.call

    def grumble(method: str, *parameters: Any) -> Any:  # noqa: ANN401 - JSON-RPC
        if method == "eth_getLogs" and int(parameters[0]["toBlock"], 16) > int(parameters[0]["fromBlock"], 16):
            raise RpcError(code=-32602, message="query exceeds max block range", data=None)
        return answer(method, *parameters)

    monkeypatch.setattr(client, "call", grumble)
    logs = logs_between(client, Events(addresses=[collection.address]), first=0, last=client.block_number())
    assert [log.name for log in logs][-2:] == ["Transfer", "Minted"]


def test_a_failing_node_leaves_the_index_as_it_was(
    chain: ChainConfig, collection: Collection, work: Work, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(chain)
    before, next_block = index(), IndexedCollection.objects.get().next_block
    wallet.mint(collection, work)
    client = client_for(chain)
    answer = client.call

    def fail(method: str, *parameters: Any) -> Any:  # noqa: ANN401 - JSON-RPC
        if method == "eth_getLogs":
            raise RpcError(code=-32000, message="internal error", data=None)
        return answer(method, *parameters)

    with monkeypatch.context() as patch:
        patch.setattr(client, "call", fail)
        with pytest.raises(RpcError):
            follow(chain)
    assert (index(), IndexedCollection.objects.get().next_block) == (before, next_block)
    follow(chain)
    assert Token.objects.count() == 1
