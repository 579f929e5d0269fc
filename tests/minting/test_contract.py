"""The collection by itself: standards, minting, batches, roles, proofs."""

import pytest
from eth_abi.abi import encode
from eth_account import Account
from web3 import Web3

from provenance.attestations import NO_CREATOR
from provenance.cids import raw_cid
from tests.minting.contract_stage import (
    ATTESTER,
    CREATOR,
    MINTER,
    OWNER,
    Deployed,
    act_as,
    ask_node,
    digest,
    id_of,
    item,
    mint,
    mint_batch,
    refused,
    statement,
)


@pytest.mark.parametrize(
    "interface",
    ["01ffc9a7", "80ac58cd", "5b5e139f", "2a55205a", "49064906", "702c55a6", "84b0196e", "7965db0b"],
    ids=["ERC-165", "ERC-721", "ERC-721 Metadata", "ERC-2981", "ERC-4906", "ERC-7007", "ERC-5267", "AccessControl"],
)
def test_it_says_which_standards_it_follows(contract: Deployed, interface: str) -> None:
    assert contract.functions.supportsInterface(bytes.fromhex(interface)).call() is True
    assert contract.functions.supportsInterface(b"\xff" * 4).call() is False


def test_the_mint_event_finds_a_token_by_its_pixels_and_its_recipe(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    mint(web3, contract, "two")
    for argument, value in (("pixelHash", digest("pixels two")), ("recipeHash", digest("recipe two"))):
        found = contract.events.Minted().get_logs(from_block=0, argument_filters={argument: value})
        assert [log["args"]["tokenId"] for log in found] == [id_of("two")]
        assert found[0]["args"]["attester"] == ATTESTER.address


def test_token_and_contract_uris_are_cids_built_on_chain(web3: Web3, contract: Deployed) -> None:
    for name in ("one", "two", "three"):
        mint(web3, contract, name)
        uri = contract.functions.tokenURI(id_of(name)).call()
        assert uri == f"ipfs://{raw_cid(digest(f'metadata {name}'))}"
    assert contract.functions.contractURI().call() == f"ipfs://{raw_cid(digest('collection'))}"


def test_only_a_minter_mints(contract: Deployed) -> None:
    call = contract.functions.mint(item("one"))
    assert refused(call, **{"from": CREATOR}) == "AccessControlUnauthorizedAccount"


def test_the_same_content_is_refused_a_second_time(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    call = contract.functions.mint(item("one"))
    assert refused(call, **{"from": MINTER.address}) == "ContentAlreadyMinted"


def test_a_batch_mints_all_or_none(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "two")
    call = contract.functions.mintBatch([item("one"), item("two")])
    assert refused(call, **{"from": MINTER.address}) == "ContentAlreadyMinted"
    contract.functions.mintBatch([item("one"), item("three")]).transact({"from": MINTER.address})
    assert contract.functions.balanceOf(OWNER.address).call() == 3


def test_the_tokens_of_a_batch_have_their_own_metadata_and_events(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "alone")
    for names in (("one", "two", "three", "four"), ("five",)):
        mint_batch(web3, contract, *(item(name) for name in names))
    for name in ("alone", "one", "two", "three", "four", "five"):
        assert contract.functions.tokenURI(id_of(name)).call() == f"ipfs://{raw_cid(digest(f'metadata {name}'))}"
    found = contract.events.Minted().get_logs(from_block=0, argument_filters={"pixelHash": digest("pixels three")})
    assert [log["args"]["tokenId"] for log in found] == [id_of("three")]


def test_one_unattested_item_refuses_the_whole_batch(web3: Web3, contract: Deployed) -> None:
    forged = item("two", signer=bytes(MINTER.key))
    assert refused(contract.functions.mintBatch([item("one"), forged]), **{"from": MINTER.address}) == "NotAttested"
    assert refused(contract.functions.mintBatch([item("one")]), **{"from": CREATOR}) == (
        "AccessControlUnauthorizedAccount"
    )


def test_metadata_without_a_hash_is_refused(contract: Deployed) -> None:
    content_hash, _, *others = item("one")
    for call in (
        contract.functions.mint((content_hash, bytes(32), *others)),
        contract.functions.mintBatch([(content_hash, bytes(32), *others)]),
    ):
        assert refused(call, **{"from": MINTER.address}) == "EmptyMetadataHash"


def test_a_token_of_a_batch_is_transferred_with_its_metadata_and_without_its_approval(
    web3: Web3, contract: Deployed
) -> None:
    mint_batch(web3, contract, *(item(name) for name in ("zero", "one", "two", "three")))
    act_as(web3, OWNER.address)
    functions, token = contract.functions, id_of("one")
    move = functions.transferFrom(OWNER.address, CREATOR, token)
    assert refused(move, **{"from": MINTER.address}) == "ERC721InsufficientApproval"
    functions.approve(MINTER.address, token).transact({"from": OWNER.address})
    move.transact({"from": MINTER.address})
    assert functions.ownerOf(token).call() == CREATOR
    assert functions.getApproved(token).call() == NO_CREATOR
    assert [functions.balanceOf(account).call() for account in (OWNER.address, CREATOR)] == [3, 1]
    assert functions.metadataHashOf(token).call() == digest("metadata one")
    assert refused(functions.mintBatch([item("one")]), **{"from": MINTER.address}) == "ContentAlreadyMinted"


def test_a_paired_minter_that_is_revoked_mints_nothing_new(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    role = contract.functions.MINTER_ROLE().call()
    contract.functions.revokeRole(role, MINTER.address).transact()
    call = contract.functions.mint(item("two"))
    assert refused(call, **{"from": MINTER.address}) == "AccessControlUnauthorizedAccount"
    assert contract.functions.attester(ATTESTER.address).call()[4] == NO_CREATOR


def test_a_role_that_is_granted_again_does_not_bring_the_pair_back(web3: Web3, contract: Deployed) -> None:
    role = contract.functions.ATTESTER_ROLE().call()
    contract.functions.revokeRole(role, ATTESTER.address).transact()
    assert refused(contract.functions.mint(item("one")), **{"from": MINTER.address}) == "NotAttested"
    contract.functions.grantRole(role, ATTESTER.address).transact()
    assert contract.functions.attester(ATTESTER.address).call() == (0, 2**40 - 1, True, False, NO_CREATOR)
    mint(web3, contract, "one")
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address


def test_a_pair_moves_with_either_side_and_ends_with_it(web3: Web3, contract: Deployed) -> None:
    functions, second = contract.functions, Account.create()
    assert refused(functions.pair(MINTER.address, second.address)) == "AccessControlUnauthorizedAccount"
    assert refused(functions.pair(second.address, ATTESTER.address)) == "AccessControlUnauthorizedAccount"
    functions.grantRole(functions.ATTESTER_ROLE().call(), second.address).transact()
    pair = functions.pair(MINTER.address, second.address)
    assert refused(pair, **{"from": MINTER.address}) == "AccessControlUnauthorizedAccount"
    pair.transact()
    paired = [functions.attester(key.address).call()[4] for key in (ATTESTER, second)]
    assert paired == [NO_CREATOR, MINTER.address]
    functions.renounceRole(functions.MINTER_ROLE().call(), MINTER.address).transact({"from": MINTER.address})
    assert functions.attester(second.address).call()[4] == NO_CREATOR
    for signer in (ATTESTER, second):
        call = functions.mint(item("one", signer=bytes(signer.key)))
        assert refused(call, **{"from": MINTER.address}) == "AccessControlUnauthorizedAccount"


def test_a_pair_outlives_the_end_of_an_earlier_one(web3: Web3, contract: Deployed) -> None:
    functions, second = contract.functions, Account.create()
    role = functions.MINTER_ROLE().call()
    functions.grantRole(role, second.address).transact()
    functions.pair(second.address, ATTESTER.address).transact()
    functions.revokeRole(role, MINTER.address).transact()
    assert functions.attester(ATTESTER.address).call()[4] == second.address


def test_a_minter_mints_on_an_attester_it_is_not_paired_with(web3: Web3, contract: Deployed) -> None:
    second = Account.create()
    contract.functions.grantRole(contract.functions.ATTESTER_ROLE().call(), second.address).transact()
    contract.functions.mint(item("one", signer=bytes(second.key))).transact({"from": MINTER.address})
    (event,) = contract.events.Minted().get_logs(from_block=0)
    assert event["args"]["attester"] == second.address


def test_verify_holds_for_the_attesters_proof_also_after_it_was_revoked(web3: Web3, contract: Deployed) -> None:
    fields, signature = statement("one")
    proof = encode(["(bytes32,bytes32,bytes32,address,uint64)", "bytes"], [fields, signature])
    recipe, pixels = digest("recipe one"), digest("pixels one")
    verify = contract.functions.verify
    assert verify(recipe, pixels, proof).call() is True
    assert verify(pixels, recipe, proof).call() is False
    assert verify(recipe, pixels, b"").call() is False
    anvil_time = web3.eth.get_block("latest")["timestamp"] + 60
    ask_node(web3, "evm_setNextBlockTimestamp", anvil_time)
    contract.functions.revokeRole(contract.functions.ATTESTER_ROLE().call(), ATTESTER.address).transact()
    assert verify(recipe, pixels, proof).call() is True
    assert contract.functions.attester(ATTESTER.address).call() == (0, anvil_time, False, False, NO_CREATOR)


def test_aigc_data_is_added_by_the_minter_when_it_verifies(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    fields, signature = statement("one")
    proof = encode(["(bytes32,bytes32,bytes32,address,uint64)", "bytes"], [fields, signature])
    add = contract.functions.addAigcData(id_of("one"), digest("recipe one"), digest("pixels one"), proof)
    wrong = contract.functions.addAigcData(id_of("one"), digest("recipe two"), digest("pixels one"), proof)
    assert refused(wrong, **{"from": MINTER.address}) == "AigcDataNotVerified"
    assert refused(add, **{"from": CREATOR}) == "AccessControlUnauthorizedAccount"
    add.transact({"from": MINTER.address})
    (event,) = contract.events.AigcData().get_logs(from_block=0)
    assert (event["args"]["tokenId"], event["args"]["proof"]) == (id_of("one"), proof)


def test_the_domain_is_told_by_erc_5267(web3: Web3, contract: Deployed) -> None:
    _, name, version, chain_id, address, _, _ = contract.functions.eip712Domain().call()
    assert (name, version, chain_id, address) == ("Colophon", "1", web3.eth.chain_id, contract.address)
