"""A token of the same content is there already: whose it is, only a transaction that was seen can say."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django import Settings

from accounts.models import Person
from generation.models import Work
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.indexer.following import follow, follow_chains
from minting.models import Collection, Mint, MintBudgetUse, SignerNonce, Token, Transaction
from minting.services import request_mint
from tests.minting.faulty_node import Fault, FaultyNode, faulty_node, refusal, result
from tests.minting.stage import drive_to, drive_until, mine, nonces, rpc, token_id, transfers_from_nobody


@pytest.fixture
def node(chain: ChainConfig, settings: Settings) -> Iterator[FaultyNode]:
    """The chain's only address."""
    with faulty_node(chain.rpc_urls[0]) as node:
        settings.CHAINS = (replace(chain, rpc_urls=(node.url,)),)
        yield node


@pytest.fixture
def lost(collection: Collection, work: Work, person: Person, owner: str) -> bytes:
    """The hash of a transaction that made the token; the database, restored from a backup, does not know it."""
    drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    carrier = Transaction.objects.get(kind="mint")
    Mint.objects.all().delete()
    carrier.attempts.all().delete()
    carrier.delete()
    SignerNonce.objects.update(next_nonce=1)
    return bytes(carrier.hash or b"")


def answers(method: str, answer: dict[str, object]) -> Fault:
    return lambda _, asked, __: answer if asked == method else False


@pytest.mark.parametrize(
    "fault",
    [
        answers("eth_getLogs", refusal("query exceeds max block range")),
        answers("eth_getLogs", result([])),
        answers("eth_getTransactionByHash", result(None)),
    ],
    ids=["the node searches no old logs", "the replica lacks the log", "the replica lacks the transaction"],
)
def test_a_token_whose_transaction_is_not_seen_keeps_the_mint_waiting(
    fault: Fault,
    chain: ChainConfig,
    node: FaultyNode,
    collection: Collection,
    lost: bytes,
    work: Work,
    person: Person,
    owner: str,
) -> None:
    node.fault = fault
    again = request_mint(person=person, work=work, to=owner)
    drive()
    again.refresh_from_db()
    assert (again.status, again.error_code, again.transaction_id) == ("requested", "token_of_unknown_origin", None)

    node.fault = None
    mined = drive_to(again, Mint.Status.MINED)
    assert mined.transaction is not None
    assert (bytes(mined.transaction.hash or b""), mined.error_code) == (lost, "")
    assert transfers_from_nobody(chain, collection) == [token_id(work)]
    assert nonces(chain) == ([0, 1], 2)


def test_the_index_knows_a_token_that_the_node_searches_no_logs_for(
    node: FaultyNode, lost: bytes, work: Work, person: Person, owner: str
) -> None:
    again = request_mint(person=person, work=work, to=owner)
    follow_chains()
    node.fault = answers("eth_getLogs", refusal("query exceeds max block range"))
    mined = drive_to(again, Mint.Status.MINED)
    assert mined.transaction is not None
    assert bytes(mined.transaction.hash or b"") == lost


@pytest.mark.parametrize("was_final", [False, True], ids=["reverted", "reverted and final"])
def test_a_mint_that_failed_and_whose_token_the_index_sees_first_ends_final(
    *, was_final: bool, chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    rpc(chain, "evm_setAutomine", False)  # noqa: FBT003 - JSON-RPC
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.SUBMITTED)
    code = rpc(chain, "eth_getCode", collection.address, "latest")
    rpc(chain, "anvil_setCode", collection.address, "0x60006000fd")
    mine(chain)
    assert drive_to(mint, Mint.Status.FAILED).error_code == "transaction_reverted"
    if was_final:
        mine(chain, 2)
        drive_until(lambda: Transaction.objects.filter(kind="mint", status="final").exists())

    rpc(chain, "anvil_reorg", 3 if was_final else 1, [])
    rpc(chain, "anvil_setCode", collection.address, code)
    carrier = Transaction.objects.get(kind="mint")
    rpc(chain, "eth_sendRawTransaction", "0x" + bytes(carrier.attempts.get().raw).hex())
    mine(chain)
    follow(chain)
    assert [bytes(token.mint_transaction) for token in Token.objects.all()] == [bytes(carrier.attempts.get().hash)]

    mine(chain, 2)
    final = drive_to(mint, Mint.Status.FINAL)
    follow(chain)
    assert (Mint.objects.get(), final.transaction, final.error_code) == (mint, carrier, "")
    carrier.refresh_from_db()
    cost = (carrier.gas_used or 0) * int(carrier.effective_gas_price or 0)
    use = MintBudgetUse.objects.get(subject="everybody")
    assert (carrier.succeeded, use.mints, int(use.wei)) == (True, 1, cost)
