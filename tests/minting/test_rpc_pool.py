"""Several RPC addresses: one that fails is left alone, and none is believed alone about what is not there."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from pytest_django import Settings

from accounts.models import Person
from generation.models import Work
from minting.chains import ChainConfig
from minting.engine.driving import drive
from minting.errors import ChainUnavailable
from minting.models import Collection, Mint
from minting.rpc import ChainClient, RpcError
from minting.services import request_mint
from minting.signers import platform_signer
from tests.minting.faulty_node import FaultyNode, dead, faulty_node, lags, refusal, swallows_a_transaction
from tests.minting.stage import drive_to, mine, nonces, token_id, transfers_from_nobody


@pytest.fixture
def nodes(chain: ChainConfig) -> Iterator[list[FaultyNode]]:
    """Three addresses of one chain."""
    with ExitStack() as stack:
        yield [stack.enter_context(faulty_node(chain.rpc_urls[0])) for _ in range(3)]


@pytest.fixture
def pooled(chain: ChainConfig, nodes: list[FaultyNode], settings: Settings) -> ChainConfig:
    config = replace(chain, rpc_urls=tuple(node.url for node in nodes))
    settings.CHAINS = (config,)
    return config


def test_an_address_that_fails_is_left_alone_for_a_while(pooled: ChainConfig, nodes: list[FaultyNode]) -> None:
    client = ChainClient(pooled)
    nodes[0].fault = dead
    for _ in range(3):
        client.call("eth_gasPrice")
    assert nodes[0].methods == ["eth_chainId"]
    assert nodes[1].methods == ["eth_chainId", *["eth_gasPrice"] * 3]


def test_a_rate_limit_is_answered_by_the_next_address(pooled: ChainConfig, nodes: list[FaultyNode]) -> None:
    limit = refusal("Your app has exceeded its compute units per second capacity.", code=429)
    nodes[0].fault = lambda _, method, __: limit if method == "eth_gasPrice" else False
    assert int(ChainClient(pooled).call("eth_gasPrice"), 16) > 0
    assert nodes[1].methods[-1] == "eth_gasPrice"


def test_a_revert_is_an_answer_and_not_asked_again(pooled: ChainConfig, nodes: list[FaultyNode]) -> None:
    nodes[0].fault = lambda _, method, __: refusal("execution reverted") if method == "eth_call" else False
    with pytest.raises(RpcError, match="reverted"):
        ChainClient(pooled).eth_call(to=platform_signer().address, data=b"")
    assert nodes[1].methods == []


def test_when_none_answers_nothing_is_known(pooled: ChainConfig, nodes: list[FaultyNode]) -> None:
    for node in nodes:
        node.fault = dead
    with pytest.raises(ChainUnavailable, match="No RPC address"):
        ChainClient(pooled).transaction_count(platform_signer().address)


def test_numbers_are_those_that_a_majority_has_reached(
    chain: ChainConfig, pooled: ChainConfig, nodes: list[FaultyNode]
) -> None:
    client, before = ChainClient(pooled), ChainClient(chain).block_number()
    nodes[0].fault = lags
    assert client.block_number() == before
    mine(chain, 3)
    assert client.block_number() == before + 3
    nodes[1].fault = lags
    nodes[1].frozen_at = before
    assert client.block_number() == before


def test_a_receipt_that_one_replica_lacks_is_found_at_another(
    chain: ChainConfig,
    pooled: ChainConfig,
    collection: Collection,
    nodes: list[FaultyNode],
    work: Work,
    person: Person,
    owner: str,
) -> None:
    nodes[0].fault = lags
    ChainClient(pooled).block_number()
    drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    assert transfers_from_nobody(chain, collection) == [token_id(work)]


def test_a_hash_on_which_the_replicas_disagree_is_not_believed(pooled: ChainConfig, nodes: list[FaultyNode]) -> None:
    client, true = ChainClient(pooled), nodes[2].forward("eth_getBlockByNumber", ["0x0", False])
    forked = {**true, "result": {**true["result"], "hash": "0x" + 64 * "1"}}
    nodes[0].fault = lambda _, method, __: forked if method == "eth_getBlockByNumber" else False
    assert client.block_hash(0) == bytes.fromhex(true["result"]["hash"][2:])
    nodes[1].fault = dead
    assert client.block_hash(0) is None


def test_a_mint_is_not_final_while_fewer_than_the_quorum_answer(
    chain: ChainConfig,
    pooled: ChainConfig,
    collection: Collection,
    nodes: list[FaultyNode],
    work: Work,
    person: Person,
    owner: str,
    settings: Settings,
) -> None:
    settings.CHAINS = (replace(pooled, quorum=2),)
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    mine(chain, 3)
    nodes[0].fault = nodes[1].fault = dead
    drive()
    mint.refresh_from_db()
    assert mint.status == Mint.Status.MINED
    settings.CHAINS = (replace(pooled, quorum=1),)
    drive_to(mint, Mint.Status.FINAL)


def test_what_one_address_swallows_another_keeps(
    chain: ChainConfig,
    pooled: ChainConfig,
    collection: Collection,
    nodes: list[FaultyNode],
    work: Work,
    person: Person,
    owner: str,
) -> None:
    nodes[0].fault = swallows_a_transaction
    drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    assert nonces(chain) == ([0, 1], 2)


def test_one_address_alone_on_a_branch_is_no_majority(
    chain: ChainConfig, pooled: ChainConfig, nodes: list[FaultyNode]
) -> None:
    client, head = ChainClient(pooled), ChainClient(chain).block_number()
    for node in nodes[1:]:
        node.fault, node.frozen_at = lags, head
    mine(chain)
    assert client.block_hash(head + 1) is None
    nodes[1].fault = None
    assert client.block_hash(head + 1) == ChainClient(chain).block_hash(head + 1)
