"""Burning: who may, what is gone, and that a content which was burnt stays taken for ever."""

import pytest
from eth_abi.abi import encode
from eth_account import Account
from web3 import Web3

from provenance.attestations import NO_CREATOR
from tests.minting.contract_stage import (
    CREATOR,
    MINTER,
    OWNER,
    Deployed,
    act_as,
    compact_statement,
    create,
    digest,
    id_of,
    item,
    mint,
    mint_batch,
    refused,
    statement,
    voucher_for,
    voucher_mint,
    voucher_signature,
)

BATCH = ("zero", "one", "two", "three")


def burn(web3: Web3, contract: Deployed, name: str, *, sender: str = OWNER.address) -> None:
    act_as(web3, sender)
    transaction = contract.functions.burn(id_of(name)).transact({"from": sender})
    assert web3.eth.wait_for_transaction_receipt(transaction)["status"] == 1


@pytest.fixture(params=["alone", "on the first line of a page", "on another line"])
def burnt(request: pytest.FixtureRequest, web3: Web3, contract: Deployed) -> str:
    """The name of a token that was minted in one of the ways a token is kept, and burnt."""
    mint(web3, contract, "one") if request.param == "alone" else mint_batch(web3, contract, *map(item, BATCH))
    name = "zero" if request.param == "on the first line of a page" else "one"
    burn(web3, contract, name)
    return name


def test_the_owner_burns_and_the_token_is_gone(web3: Web3, contract: Deployed, burnt: str) -> None:
    functions, token = contract.functions, id_of(burnt)
    for view in (functions.ownerOf, functions.tokenURI, functions.getApproved):
        assert refused(view(token)) == "ERC721NonexistentToken"
    held = len(contract.events.Minted().get_logs(from_block=0)) - 1
    assert functions.balanceOf(OWNER.address).call() == held
    last = contract.events.Transfer().get_logs(from_block=0)[-1]["args"]
    assert last == {"from": OWNER.address, "to": NO_CREATOR, "tokenId": token}


def test_what_described_it_stays_known_by_its_hash(contract: Deployed, burnt: str) -> None:
    assert contract.functions.metadataHashOf(id_of(burnt)).call() == digest(f"metadata {burnt}")
    assert refused(contract.functions.metadataHashOf(id_of("never minted"))) == "ERC721NonexistentToken"


def test_its_content_cannot_be_minted_again_by_the_minter(contract: Deployed, burnt: str) -> None:
    functions, royalty = contract.functions, (CREATOR, 100)
    again = [item(burnt), *(item(name) for name in ("five", "six", "seven"))]
    for call in (
        functions.mint(item(burnt)),
        functions.mintWithRoyalty(item(burnt), royalty),
        functions.mintBatch(again),
        functions.mintBatch(again[:1]),
        functions.mintBatchWithRoyalty(again, royalty),
    ):
        assert refused(call, **{"from": MINTER.address}) == "ContentAlreadyMinted"


def test_its_content_cannot_be_minted_again_with_a_voucher(web3: Web3, contract: Deployed, burnt: str) -> None:
    call = voucher_mint(web3, contract, voucher_for(burnt, price=0), burnt)
    assert refused(call) == "ContentAlreadyMinted"
    voucher = (*voucher_for(burnt, price=0), CREATOR, 100)
    signature = voucher_signature(web3, contract, voucher)
    call = contract.functions.mintWithRoyaltyVoucher(voucher, signature, *compact_statement(burnt))
    assert refused(call) == "ContentAlreadyMinted"


def test_nothing_can_be_said_of_a_burnt_token_any_more(contract: Deployed, burnt: str) -> None:
    token, functions = id_of(burnt), contract.functions
    fields, signature = statement(burnt)
    proof = encode(["(bytes32,bytes32,bytes32,address,uint64)", "bytes"], [fields, signature])
    add = functions.addAigcData(token, digest(f"recipe {burnt}"), digest(f"pixels {burnt}"), proof)
    assert refused(add, **{"from": MINTER.address}) == "ERC721NonexistentToken"
    assert refused(functions.setTokenRoyalty(token, CREATOR, 100)) == "ERC721NonexistentToken"


def test_it_is_neither_burnt_nor_given_away_a_second_time(contract: Deployed, burnt: str) -> None:
    token, functions = id_of(burnt), contract.functions
    for call in (
        functions.burn(token),
        functions.transferFrom(OWNER.address, CREATOR, token),
        functions.approve(CREATOR, token),
    ):
        assert refused(call, **{"from": OWNER.address}) == "ERC721NonexistentToken"


def test_the_other_tokens_of_a_page_keep_their_owner_and_their_metadata(web3: Web3, contract: Deployed) -> None:
    mint_batch(web3, contract, *map(item, BATCH))
    burn(web3, contract, "one")
    for name in ("zero", "two", "three"):
        assert contract.functions.ownerOf(id_of(name)).call() == OWNER.address
        assert contract.functions.metadataHashOf(id_of(name)).call() == digest(f"metadata {name}")


def test_nobody_else_burns_not_even_minter_or_admin(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    for other in (MINTER.address, web3.eth.accounts[0], Account.create().address):
        call = contract.functions.burn(id_of("one"))
        assert refused(call, **{"from": other}) == "ERC721InsufficientApproval"
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address


def test_who_is_approved_for_the_token_or_for_all_burns(web3: Web3, contract: Deployed) -> None:
    operator, functions = Account.create().address, contract.functions
    for name in ("one", "two"):
        mint(web3, contract, name)
    act_as(web3, OWNER.address)
    functions.approve(operator, id_of("one")).transact({"from": OWNER.address})
    assert refused(functions.burn(id_of("two")), **{"from": operator}) == "ERC721InsufficientApproval"
    burn(web3, contract, "one", sender=operator)
    functions.setApprovalForAll(operator, True).transact({"from": OWNER.address})  # noqa: FBT003 - the contract's
    burn(web3, contract, "two", sender=operator)
    assert functions.balanceOf(OWNER.address).call() == 0


def test_a_token_of_a_proxy_is_burnt_there_and_not_elsewhere(web3: Web3, factory: Deployed) -> None:
    first, second = create(web3, factory, name="First"), create(web3, factory, name="Second")
    for contract in (first, second):
        mint(web3, contract, "one")
    burn(web3, first, "one")
    assert refused(first.functions.mint(item("one")), **{"from": MINTER.address}) == "ContentAlreadyMinted"
    assert second.functions.ownerOf(id_of("one")).call() == OWNER.address
