"""Another chain is refused; a chain that lost what the database knows is told in plain words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Person
from devstack import anvil
from generation.models import Work
from minting.chain_identity import check_chain, known_chain
from minting.chains import ChainConfig
from minting.checks import chain_and_database_agree, chains_make_sense, there_is_a_chain
from minting.engine.driving import drive
from minting.errors import WrongChain
from minting.models import Chain, Collection, Mint
from minting.rpc import ChainClient
from minting.services import request_mint
from minting.signers import platform_signer
from tests.minting.stage import drive_to, mine, rpc, start_anvil, stop_anvil, token_id, transfers_from_nobody


@pytest.fixture
def another_chain() -> Iterator[str]:
    # Two anvils that start within one second have the same first block, but for this.
    process, rpc_url = start_anvil(flags=["--timestamp", "1700000000"])
    yield rpc_url
    stop_anvil(process)


def test_the_chain_that_is_known_is_well(collection: Collection) -> None:
    assert check_chain() == []
    assert chain_and_database_agree(databases=["default"]) == []
    call_command("check_chain")


def test_another_genesis_is_refused_and_nothing_is_sent(
    chain: ChainConfig,
    collection: Collection,
    work: Work,
    person: Person,
    owner: str,
    another_chain: str,
    settings: Settings,
) -> None:
    settings.CHAINS = (replace(chain, rpc_urls=(another_chain,)),)
    mint = request_mint(person=person, work=work, to=owner)
    drive()
    mint.refresh_from_db()
    assert (mint.status, mint.error_code, mint.transaction_id) == (Mint.Status.REQUESTED, "wrong_chain", None)
    assert anvil.call(another_chain, "eth_getTransactionCount", platform_signer().address, "latest") == "0x0"
    assert "is another chain than the one this database knows" in check_chain()[0]
    assert [problem.id for problem in chain_and_database_agree(databases=["default"])] == ["minting.E005"] * 2
    with pytest.raises(CommandError, match="another chain"):
        call_command("check_chain")


def test_another_chain_id_is_refused(chain: ChainConfig) -> None:
    with pytest.raises(WrongChain, match="leads to chain 31337"):
        known_chain(ChainClient(replace(chain, chain_id=1)))
    assert not Chain.objects.filter(chain_id=1).exists()


def test_an_unreachable_chain_is_told(chain: ChainConfig, settings: Settings) -> None:
    settings.CHAINS = (replace(chain, rpc_urls=("http://127.0.0.1:9",)),)
    assert "No RPC address" in check_chain()[0]


def test_a_chain_that_went_back_is_told_and_the_same_bytes_restore_final_tokens(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    snapshot = rpc(chain, "evm_snapshot")
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    mine(chain, 3)
    final = drive_to(mint, Mint.Status.FINAL)
    rpc(chain, "evm_revert", snapshot)
    assert "the database disagree" in check_chain()[0]

    drive_to(mint, Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    again = Mint.objects.select_related("transaction").get(id=mint.pk)
    assert again.transaction is not None
    assert final.transaction is not None
    assert bytes(again.transaction.hash or b"") == bytes(final.transaction.hash or b"")
    assert check_chain() == []


def test_a_restarted_chain_with_its_state_is_the_same_chain(tmp_path: Path) -> None:
    state = ["--state", str(tmp_path / "state.json")]
    process, rpc_url = start_anvil(state)
    genesis = ChainClient(_config(rpc_url)).genesis_hash()
    stop_anvil(process)
    process, rpc_url = start_anvil(state)
    try:
        assert ChainClient(_config(rpc_url)).genesis_hash() == genesis
    finally:
        stop_anvil(process)


def _config(rpc_url: str) -> ChainConfig:
    return ChainConfig(chain_id=anvil.CHAIN_ID, name="Test chain", rpc_urls=(rpc_url,))


def test_a_missing_or_doubled_chain_is_found_by_the_system_checks(settings: Settings) -> None:
    settings.CHAINS = ()
    assert [problem.id for problem in there_is_a_chain()] == ["minting.E001"]
    settings.CHAINS = (_config("http://127.0.0.1:1"), replace(_config("x"), rpc_urls=()))
    assert [problem.id for problem in chains_make_sense()] == ["minting.E004", "minting.E004"]
