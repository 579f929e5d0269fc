"""The contract by itself: standards, roles, vouchers, batches, royalties, gas."""

import hashlib
import time
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractCustomError

from devstack import anvil
from minting import contract_calls
from minting.contracts import collection_artifact
from provenance import attestations
from provenance.attestations import NO_CREATOR, Attestation
from provenance.cids import raw_cid

Deployed = Any
"""a contract, one of its calls, or a receipt: web3 builds their attributes at run time"""
ATTESTER = Account.create()
MINTER = Account.create()
CREATOR = Account.create().address
OWNER = Account.create().address
URI_STORAGE_MINT_GAS = 148_571
"""DESIGN §4: a plain OpenZeppelin ERC721URIStorage mint with a 66-character `ipfs://` string"""


@pytest.fixture
def web3(fresh_chain: str) -> Web3:
    chain = Web3(Web3.HTTPProvider(fresh_chain))
    chain.eth.default_account = chain.eth.accounts[0]
    anvil.fund(fresh_chain, MINTER.address)
    anvil.call(fresh_chain, "anvil_impersonateAccount", MINTER.address)
    return chain


def deploy(web3: Web3, *, royalty_to_creator: bool = False) -> Deployed:
    artifact = collection_artifact()
    admin = web3.eth.accounts[0]
    factory = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    transaction = factory.constructor(
        "First light",
        "LIGHT",
        admin,
        MINTER.address,
        ATTESTER.address,
        admin,
        500,
        royalty_to_creator,
        hashlib.sha256(b"collection").digest(),
    ).transact()
    address = web3.eth.wait_for_transaction_receipt(transaction)["contractAddress"]
    return web3.eth.contract(address=address, abi=artifact.abi)


@pytest.fixture
def contract(web3: Web3) -> Deployed:
    return deploy(web3)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def statement(name: str, creator: str = NO_CREATOR) -> tuple[tuple[object, ...], bytes]:
    """The attestation as the contract takes it, and the attester's signature."""
    attestation = Attestation(
        pixel_hash=digest(f"pixels {name}"),
        recipe_hash=digest(f"recipe {name}"),
        model_hash=digest("model"),
        creator=creator,
        created_at=int(time.time()),
    )
    fields = (
        attestation.pixel_hash,
        attestation.recipe_hash,
        attestation.model_hash,
        attestation.creator,
        attestation.created_at,
    )
    return fields, attestations.sign(attestation, private_key=bytes(ATTESTER.key))


def item(name: str, creator: str = NO_CREATOR) -> tuple[object, ...]:
    return (OWNER, digest(f"content {name}"), digest(f"metadata {name}"), *statement(name, creator))


def mint(web3: Web3, contract: Deployed, name: str, creator: str = NO_CREATOR) -> Deployed:
    transaction = contract.functions.mint(*item(name, creator)).transact({"from": MINTER.address})
    return web3.eth.wait_for_transaction_receipt(transaction)


def id_of(name: str) -> int:
    return int.from_bytes(digest(f"content {name}"), "big")


def refused(call: Deployed, **transaction: object) -> str:
    """The name of the custom error a call reverts with."""
    with pytest.raises(ContractCustomError) as error:
        call.call(transaction)
    found = contract_calls.decode_error(str(error.value.data))
    assert found is not None
    return found.name


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
    call = contract.functions.mint(*item("one"))
    assert refused(call, **{"from": CREATOR}) == "AccessControlUnauthorizedAccount"


def test_the_same_content_is_refused_a_second_time(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    call = contract.functions.mint(*item("one"))
    assert refused(call, **{"from": MINTER.address}) == "ContentAlreadyMinted"


def test_a_batch_mints_all_or_none(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "two")
    call = contract.functions.mintBatch([item("one"), item("two")])
    assert refused(call, **{"from": MINTER.address}) == "ContentAlreadyMinted"
    contract.functions.mintBatch([item("one"), item("three")]).transact({"from": MINTER.address})
    assert contract.functions.balanceOf(OWNER).call() == 3


def test_royalties_go_to_the_attested_creator_or_to_the_default_receiver(web3: Web3) -> None:
    shared = deploy(web3, royalty_to_creator=True)
    mint(web3, shared, "one", CREATOR)
    mint(web3, shared, "two")
    assert shared.functions.royaltyInfo(id_of("one"), 10_000).call() == [CREATOR, 500]
    assert shared.functions.royaltyInfo(id_of("two"), 10_000).call() == [web3.eth.accounts[0], 500]


def voucher_signature(web3: Web3, contract: Deployed, voucher: tuple[Any, ...], key: bytes) -> bytes:
    types = {
        "MintVoucher": [
            {"name": "contentHash", "type": "bytes32"},
            {"name": "metadataHash", "type": "bytes32"},
            {"name": "to", "type": "address"},
            {"name": "price", "type": "uint256"},
            {"name": "deadline", "type": "uint64"},
        ]
    }
    domain = {
        "name": "Colophon",
        "version": "1",
        "chainId": web3.eth.chain_id,
        "verifyingContract": contract.address,
    }
    message = dict(zip(["contentHash", "metadataHash", "to", "price", "deadline"], voucher, strict=True))
    return bytes(Account.sign_typed_data(key, domain, types, message).signature)


def voucher_for(name: str, *, price: int = 10, deadline: int = 2**40) -> tuple[Any, ...]:
    return (digest(f"content {name}"), digest(f"metadata {name}"), OWNER, price, deadline)


def test_a_voucher_mints_for_its_price_once(web3: Web3, contract: Deployed) -> None:
    voucher = voucher_for("one")
    arguments = (voucher, voucher_signature(web3, contract, voucher, bytes(MINTER.key)), *statement("one"))
    call = contract.functions.mintWithVoucher(*arguments)
    assert refused(call, value=9) == "WrongPrice"
    call.transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER
    assert refused(call, value=10) == "ContentAlreadyMinted"
    contract.functions.withdraw(CREATOR).transact()
    assert web3.eth.get_balance(CREATOR) == 10


def test_a_late_or_foreign_voucher_is_refused(web3: Web3, contract: Deployed) -> None:
    late = voucher_for("one", deadline=1)
    signature = voucher_signature(web3, contract, late, bytes(MINTER.key))
    assert refused(contract.functions.mintWithVoucher(late, signature, *statement("one")), value=10) == (
        "VoucherExpired"
    )
    voucher = voucher_for("one")
    signature = voucher_signature(web3, contract, voucher, bytes(ATTESTER.key))
    assert refused(contract.functions.mintWithVoucher(voucher, signature, *statement("one")), value=10) == (
        "VoucherNotSigned"
    )


def test_a_contract_wallet_that_is_minter_signs_vouchers_by_erc_1271(web3: Web3, contract: Deployed) -> None:
    # A wallet that accepts every signature: PUSH32 0x1626ba7e padded, MSTORE at 0, RETURN 32 bytes.
    wallet = Account.create().address
    code = "0x7f1626ba7e" + 56 * "0" + "60005260206000f3"
    web3.provider.make_request("anvil_setCode", [wallet, code])  # type: ignore[arg-type] # anvil's own method
    voucher = voucher_for("one")
    packed = bytes.fromhex(wallet[2:]) + b"whatever the wallet takes"
    call = contract.functions.mintWithVoucher(voucher, packed, *statement("one"))
    assert refused(call, value=10) == "VoucherNotSigned"
    contract.functions.grantRole(contract.functions.MINTER_ROLE().call(), wallet).transact()
    call.transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER


def test_verify_holds_for_the_attesters_proof_also_after_it_was_revoked(web3: Web3, contract: Deployed) -> None:
    fields, signature = statement("one")
    proof = encode(["(bytes32,bytes32,bytes32,address,uint64)", "bytes"], [fields, signature])
    recipe, pixels = digest("recipe one"), digest("pixels one")
    verify = contract.functions.verify
    assert verify(recipe, pixels, proof).call() is True
    assert verify(pixels, recipe, proof).call() is False
    assert verify(recipe, pixels, b"").call() is False
    anvil_time = web3.eth.get_block("latest")["timestamp"] + 60
    web3.provider.make_request("evm_setNextBlockTimestamp", [anvil_time])  # type: ignore[arg-type] # anvil's own method
    contract.functions.revokeRole(contract.functions.ATTESTER_ROLE().call(), ATTESTER.address).transact()
    assert verify(recipe, pixels, proof).call() is True
    assert contract.functions.attester(ATTESTER.address).call() == (0, anvil_time, False)


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


def test_gas_of_a_mint_stays_within_what_was_measured(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "the owner's first, which costs 17,100 more")
    ratio = mint(web3, contract, "one")["gasUsed"] / URI_STORAGE_MINT_GAS
    batch = contract.functions.mintBatch([item(f"batch {number}") for number in range(50)])
    receipt = web3.eth.wait_for_transaction_receipt(batch.transact({"from": MINTER.address}))
    batch_ratio = receipt["gasUsed"] / 50 / URI_STORAGE_MINT_GAS
    assert (ratio < 0.61, batch_ratio < 0.41) == (True, True), (ratio, batch_ratio)
