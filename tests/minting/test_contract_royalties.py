"""Royalties: of a collection, of a token, of several people."""

import pytest
from web3 import Web3

from minting.contract_calls import selector
from provenance.attestations import NO_CREATOR
from provenance.cids import raw_cid
from tests.minting.contract_stage import (
    ATTESTER,
    CREATOR,
    MINTER,
    OWNER,
    Deployed,
    act_as,
    deploy,
    digest,
    id_of,
    item,
    mint,
    mint_batch,
    refused,
)


@pytest.fixture
def shared(web3: Web3) -> Deployed:
    """A collection that pays the attested creators."""
    return deploy(web3, royalty_to_creator=True)


def test_royalties_go_to_the_attested_creator_or_to_the_default_receiver(web3: Web3, shared: Deployed) -> None:
    mint(web3, shared, "one", CREATOR)
    mint(web3, shared, "two")
    mint_batch(web3, shared, *(item(name, CREATOR) for name in ("three", "four", "five", "six")))
    for name in ("one", "three", "six"):
        assert shared.functions.royaltyInfo(id_of(name), 10_000).call() == [CREATOR, 500]
    assert shared.functions.royaltyInfo(id_of("two"), 10_000).call() == [web3.eth.accounts[0], 500]


def test_the_default_royalty_may_change_but_not_the_creators(web3: Web3, shared: Deployed) -> None:
    mint(web3, shared, "one", CREATOR)
    mint(web3, shared, "two")
    shared.functions.setDefaultRoyalty(OWNER.address, 250).transact()
    assert shared.functions.royaltyInfo(id_of("one"), 10_000).call() == [CREATOR, 500]
    assert shared.functions.royaltyInfo(id_of("two"), 10_000).call() == [OWNER.address, 250]
    assert refused(shared.functions.setDefaultRoyalty(OWNER.address, 1001)) == "RoyaltyTooHigh"


def test_only_the_receiver_hands_a_tokens_royalty_on_and_never_at_a_higher_rate(web3: Web3, shared: Deployed) -> None:
    mint(web3, shared, "one", CREATOR)
    act_as(web3, CREATOR)
    hand_on = shared.functions.setTokenRoyalty(id_of("one"), OWNER.address, 300)
    assert refused(hand_on, **{"from": web3.eth.accounts[0]}) == "NotRoyaltyReceiver"
    higher = shared.functions.setTokenRoyalty(id_of("one"), OWNER.address, 501)
    assert refused(higher, **{"from": CREATOR}) == "RoyaltyTooHigh"
    hand_on.transact({"from": CREATOR})
    assert shared.functions.royaltyInfo(id_of("one"), 10_000).call() == [OWNER.address, 300]
    assert refused(hand_on, **{"from": CREATOR}) == "NotRoyaltyReceiver"


def test_a_token_with_the_default_royalty_gets_its_own_from_the_admin_only(web3: Web3, shared: Deployed) -> None:
    mint(web3, shared, "two")
    own = shared.functions.setTokenRoyalty(id_of("two"), CREATOR, 0)
    assert refused(own, **{"from": MINTER.address}) == "AccessControlUnauthorizedAccount"
    own.transact()
    assert shared.functions.royaltyInfo(id_of("two"), 10_000).call() == [CREATOR, 0]
    unknown = shared.functions.setTokenRoyalty(id_of("never minted"), CREATOR, 0)
    assert refused(unknown) == "ERC721NonexistentToken"
    assert (
        refused(shared.functions.setTokenRoyalty(id_of("two"), CREATOR, 1), **{"from": CREATOR}) == "RoyaltyTooHigh"
    )


def test_an_attester_appointed_later_pays_creators_too(web3: Web3, shared: Deployed) -> None:
    role = shared.functions.ATTESTER_ROLE().call()
    shared.functions.revokeRole(role, ATTESTER.address).transact()
    shared.functions.grantRole(role, ATTESTER.address).transact()
    mint(web3, shared, "one", CREATOR)
    assert shared.functions.royaltyInfo(id_of("one"), 10_000).call() == [CREATOR, 500]


def test_the_minter_gives_a_token_a_royalty_of_its_own_at_most_ten_percent(web3: Web3, shared: Deployed) -> None:
    own = shared.functions.mintWithRoyalty(item("one", CREATOR), (OWNER.address, 1000))
    too_much = shared.functions.mintWithRoyalty(item("one", CREATOR), (OWNER.address, 1001))
    for_nobody = shared.functions.mintWithRoyalty(item("one", CREATOR), (NO_CREATOR, 500))
    assert refused(own, **{"from": CREATOR}) == "AccessControlUnauthorizedAccount"
    assert refused(too_much, **{"from": MINTER.address}) == "RoyaltyTooHigh"
    assert refused(for_nobody, **{"from": MINTER.address}) == "ERC2981InvalidTokenRoyaltyReceiver"
    own.transact({"from": MINTER.address})
    assert shared.functions.royaltyInfo(id_of("one"), 10_000).call() == [OWNER.address, 1000]
    (event,) = shared.events.TokenRoyaltySet().get_logs(from_block=0)
    assert event["args"] == {"tokenId": id_of("one"), "receiver": OWNER.address, "basisPoints": 1000}


def test_a_token_with_a_royalty_of_its_own_needs_an_attestation_too(web3: Web3, shared: Deployed) -> None:
    forged = item("one", CREATOR, signer=bytes(OWNER.key))
    call = shared.functions.mintWithRoyalty(forged, (OWNER.address, 500))
    assert refused(call, **{"from": MINTER.address}) == "NotAttested"


def test_after_the_mint_only_the_receiver_changes_it(web3: Web3, shared: Deployed) -> None:
    shared.functions.mintWithRoyalty(item("one", CREATOR), (OWNER.address, 700)).transact({"from": MINTER.address})
    act_as(web3, CREATOR)
    for sender in (CREATOR, MINTER.address, web3.eth.accounts[0]):
        hand_on = shared.functions.setTokenRoyalty(id_of("one"), sender, 700)
        assert refused(hand_on, **{"from": sender}) == "NotRoyaltyReceiver"
    higher = shared.functions.setTokenRoyalty(id_of("one"), OWNER.address, 701)
    assert refused(higher, **{"from": OWNER.address}) == "RoyaltyTooHigh"


def test_a_batch_shares_one_royalty(web3: Web3, shared: Deployed) -> None:
    names = ("one", "two", "three", "four", "five")
    batch = shared.functions.mintBatchWithRoyalty([item(name, CREATOR) for name in names], (OWNER.address, 0))
    for_nobody = shared.functions.mintBatchWithRoyalty([item("one", CREATOR)], (NO_CREATOR, 500))
    assert refused(batch, **{"from": CREATOR}) == "AccessControlUnauthorizedAccount"
    assert refused(for_nobody, **{"from": MINTER.address}) == "NoRoyaltyReceiver"
    batch.transact({"from": MINTER.address})
    for name in names:
        assert shared.functions.royaltyInfo(id_of(name), 10_000).call() == [OWNER.address, 0]
        assert shared.functions.tokenURI(id_of(name)).call() == f"ipfs://{raw_cid(digest(f'metadata {name}'))}"


def test_it_says_by_erc_165_that_it_takes_a_tokens_royalty(web3: Web3, shared: Deployed) -> None:
    assert shared.functions.supportsInterface(selector("mintWithRoyalty")).call() is True
