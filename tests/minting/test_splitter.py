"""Royalties for several: who gets what, to the wei."""

import pytest
from web3 import Web3

from tests.minting.contract_stage import (
    CREATOR,
    OWNER,
    SALT,
    Deployed,
    artifact,
    create,
    deploy_artifact,
    refused,
    setup_of,
    stranger,
)

ETHER = "0x" + 40 * "0"
Shares = list[tuple[str, int]]


def in_order(*shares: tuple[str, int]) -> Shares:
    """As the factory wants them: by the payees' addresses."""
    return sorted(shares, key=lambda share: int(share[0], 16))


def split(web3: Web3, factory: Deployed, *shares: tuple[str, int]) -> Deployed:
    factory.functions.createSplitter(in_order(*shares)).transact()
    address = factory.functions.splitterAddress(in_order(*shares)).call()
    return web3.eth.contract(address=address, abi=artifact("RoyaltySplitter").abi)


def pay(web3: Web3, splitter: Deployed, wei: int) -> None:
    web3.eth.send_transaction(
        {"to": splitter.address, "value": Web3.to_wei(wei, "wei"), "from": web3.eth.accounts[0]}
    )


@pytest.fixture
def splitter(web3: Web3, factory: Deployed) -> Deployed:
    """Two parts to the creator, one to the owner."""
    return split(web3, factory, (CREATOR, 2), (OWNER.address, 1))


def test_each_gets_her_parts_and_division_leaves_less_than_a_wei_each(web3: Web3, splitter: Deployed) -> None:
    pay(web3, splitter, 100)
    due = [splitter.functions.releasable(ETHER, payee).call() for payee in (CREATOR, OWNER.address)]
    assert due == [66, 33]
    for payee in (CREATOR, OWNER.address):
        splitter.functions.release(ETHER, payee).transact()
    assert web3.eth.get_balance(splitter.address) == 1
    pay(web3, splitter, 2)
    due = [splitter.functions.releasable(ETHER, payee).call() for payee in (CREATOR, OWNER.address)]
    assert due == [2, 1]


def test_when_one_is_paid_changes_nothing_for_the_other(web3: Web3, splitter: Deployed) -> None:
    for wei in (10, 11, 12):
        pay(web3, splitter, wei)
        splitter.functions.release(ETHER, CREATOR).transact()
    splitter.functions.release(ETHER, OWNER.address).transact()
    assert [web3.eth.get_balance(payee) for payee in (CREATOR, OWNER.address)] == [22, 11]


def test_strangers_get_nothing_and_nobody_is_paid_twice(web3: Web3, splitter: Deployed) -> None:
    pay(web3, splitter, 3)
    assert refused(splitter.functions.release(ETHER, web3.eth.accounts[0])) == "NothingToRelease"
    splitter.functions.release(ETHER, CREATOR).transact()
    assert refused(splitter.functions.release(ETHER, CREATOR)) == "NothingToRelease"


def test_a_payee_that_calls_back_is_paid_once(web3: Web3, factory: Deployed) -> None:
    thief = deploy_artifact(web3, stranger("Reentrant"))
    splitter = split(web3, factory, (thief.address, 1), (CREATOR, 3))
    thief.functions.arm(splitter.address, splitter.encode_abi("release", [ETHER, thief.address]), 0).transact()
    pay(web3, splitter, 100)
    splitter.functions.release(ETHER, thief.address).transact()
    assert (thief.functions.calls().call(), thief.functions.succeeded().call()) == (1, False)
    assert (web3.eth.get_balance(thief.address), web3.eth.get_balance(splitter.address)) == (25, 75)


def test_a_payee_that_takes_no_money_keeps_nothing_from_the_others(web3: Web3, factory: Deployed) -> None:
    stone = deploy_artifact(web3, stranger("Stone")).address
    splitter = split(web3, factory, (stone, 1), (CREATOR, 1))
    pay(web3, splitter, 10)
    assert refused(splitter.functions.release(ETHER, stone)) == "FailedCall"
    splitter.functions.release(ETHER, CREATOR).transact()
    assert web3.eth.get_balance(CREATOR) == 5
    assert splitter.functions.releasable(ETHER, stone).call() == 5


def test_tokens_are_split_apart_from_ether(web3: Web3, splitter: Deployed) -> None:
    coin = deploy_artifact(web3, stranger("Coin"))
    coin.functions.make(splitter.address, 300).transact()
    pay(web3, splitter, 3)
    splitter.functions.release(coin.address, CREATOR).transact()
    assert coin.functions.balanceOf(CREATOR).call() == 200
    assert splitter.functions.releasable(ETHER, CREATOR).call() == 2
    assert splitter.functions.releasable(coin.address, OWNER.address).call() == 100


def test_the_same_shares_have_one_splitter_and_it_tells_them(web3: Web3, factory: Deployed) -> None:
    shares = in_order((CREATOR, 2), (OWNER.address, 1))
    first, second = split(web3, factory, *shares), split(web3, factory, *shares)
    assert first.address == second.address
    assert first.functions.shares().call() == shares
    assert len(factory.events.SplitterCreated().get_logs(from_block=0)) == 1


def test_shares_that_make_no_sense_are_refused(web3: Web3, factory: Deployed) -> None:
    first, second = in_order((CREATOR, 1), (OWNER.address, 1))
    for shares, error in (
        ([first], "TooFewShares"),
        ([second, first], "SharesNotInOrder"),
        ([first, first], "SharesNotInOrder"),
        ([(ETHER, 1), second], "SharesNotInOrder"),
        ([first, (second[0], 0)], "NoParts"),
    ):
        assert refused(factory.functions.createSplitter(shares)) == error, shares


def test_a_collection_can_be_made_with_its_splitter(web3: Web3, factory: Deployed) -> None:
    shares = in_order((CREATOR, 2), (OWNER.address, 1))
    contract = create(web3, factory, *shares)
    splitter = factory.functions.splitterAddress(shares).call()
    assert contract.functions.royaltyInfo(1, 10_000).call() == [splitter, 500]
    both = factory.functions.createCollection(setup_of(CREATOR), shares, SALT)
    assert refused(both) == "TwoRoyaltyReceivers"
