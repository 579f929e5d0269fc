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
from minting.contracts.mint_item import attestation_fields, compact_signature, mint_item
from provenance import attestations
from provenance.attestations import NO_CREATOR, Attestation
from provenance.cids import raw_cid

Deployed = Any
"""a contract, one of its calls, or a receipt: web3 builds their attributes at run time"""
ATTESTER = Account.create()
MINTER = Account.create()
CREATOR = Account.create().address
OWNER = Account.create()
URI_STORAGE_MINT_GAS = 148_571
"""DESIGN §4: a plain OpenZeppelin ERC721URIStorage mint with a 66-character `ipfs://` string"""
GAS_TARGETS = {"default royalty": (0.58, 0.37), "creator's royalty": (0.73, 0.52)}
"""DESIGN §4: one mint, and one of a batch of 50, as parts of that"""


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


def attestation_of(name: str, creator: str = NO_CREATOR) -> Attestation:
    return Attestation(
        pixel_hash=digest(f"pixels {name}"),
        recipe_hash=digest(f"recipe {name}"),
        model_hash=digest("model"),
        creator=creator,
        created_at=int(time.time()),
    )


def statement(name: str) -> tuple[tuple[object, ...], bytes]:
    """The attestation as the contract takes it, and the attester's 65-byte signature."""
    attestation = attestation_of(name)
    return attestation_fields(attestation), attestations.sign(attestation, private_key=bytes(ATTESTER.key))


def compact_statement(name: str) -> tuple[tuple[object, ...], tuple[bytes, bytes]]:
    fields, signature = statement(name)
    return fields, compact_signature(signature)


def item(name: str, creator: str = NO_CREATOR, signer: bytes = bytes(ATTESTER.key)) -> tuple[object, ...]:
    attestation = attestation_of(name, creator)
    return mint_item(
        content_hash=digest(f"content {name}"),
        metadata_hash=digest(f"metadata {name}"),
        to=OWNER.address,
        attestation=attestation,
        signature=attestations.sign(attestation, private_key=signer),
    )


def mint(web3: Web3, contract: Deployed, name: str, creator: str = NO_CREATOR) -> Deployed:
    transaction = contract.functions.mint(item(name, creator)).transact({"from": MINTER.address})
    return web3.eth.wait_for_transaction_receipt(transaction)


def mint_batch(web3: Web3, contract: Deployed, *items: tuple[object, ...]) -> Deployed:
    transaction = contract.functions.mintBatch(items).transact({"from": MINTER.address})
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
    for names in (("one", "two", "three"), ("four",)):
        mint_batch(web3, contract, *(item(name) for name in names))
    for name in ("alone", "one", "two", "three", "four"):
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
    mint_batch(web3, contract, item("zero"), item("one"))
    web3.provider.make_request("anvil_impersonateAccount", [OWNER.address])  # type: ignore[arg-type] # anvil's own method
    web3.provider.make_request("anvil_setBalance", [OWNER.address, hex(10**18)])  # type: ignore[arg-type] # anvil's own method
    functions, token = contract.functions, id_of("one")
    move = functions.transferFrom(OWNER.address, CREATOR, token)
    assert refused(move, **{"from": MINTER.address}) == "ERC721InsufficientApproval"
    functions.approve(MINTER.address, token).transact({"from": OWNER.address})
    move.transact({"from": MINTER.address})
    assert functions.ownerOf(token).call() == CREATOR
    assert functions.getApproved(token).call() == NO_CREATOR
    assert [functions.balanceOf(account).call() for account in (OWNER.address, CREATOR)] == [1, 1]
    assert functions.metadataHashOf(token).call() == digest("metadata one")
    assert refused(functions.mintBatch([item("one")]), **{"from": MINTER.address}) == "ContentAlreadyMinted"


def test_a_paired_minter_that_is_revoked_mints_nothing_new(web3: Web3, contract: Deployed) -> None:
    mint(web3, contract, "one")
    role = contract.functions.MINTER_ROLE().call()
    contract.functions.revokeRole(role, MINTER.address).transact()
    call = contract.functions.mint(item("two"))
    assert refused(call, **{"from": MINTER.address}) == "AccessControlUnauthorizedAccount"
    assert contract.functions.attester(ATTESTER.address).call()[3] == NO_CREATOR


def test_a_role_that_is_granted_again_does_not_bring_the_pair_back(web3: Web3, contract: Deployed) -> None:
    role = contract.functions.ATTESTER_ROLE().call()
    contract.functions.revokeRole(role, ATTESTER.address).transact()
    assert refused(contract.functions.mint(item("one")), **{"from": MINTER.address}) == "NotAttested"
    contract.functions.grantRole(role, ATTESTER.address).transact()
    assert contract.functions.attester(ATTESTER.address).call() == (0, 2**40 - 1, True, NO_CREATOR)
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
    paired = [functions.attester(key.address).call()[3] for key in (ATTESTER, second)]
    assert paired == [NO_CREATOR, MINTER.address]
    functions.renounceRole(functions.MINTER_ROLE().call(), MINTER.address).transact({"from": MINTER.address})
    assert functions.attester(second.address).call()[3] == NO_CREATOR
    for signer in (ATTESTER, second):
        call = functions.mint(item("one", signer=bytes(signer.key)))
        assert refused(call, **{"from": MINTER.address}) == "AccessControlUnauthorizedAccount"


def test_a_pair_outlives_the_end_of_an_earlier_one(web3: Web3, contract: Deployed) -> None:
    functions, second = contract.functions, Account.create()
    role = functions.MINTER_ROLE().call()
    functions.grantRole(role, second.address).transact()
    functions.pair(second.address, ATTESTER.address).transact()
    functions.revokeRole(role, MINTER.address).transact()
    assert functions.attester(ATTESTER.address).call()[3] == second.address


def test_a_minter_mints_on_an_attester_it_is_not_paired_with(web3: Web3, contract: Deployed) -> None:
    second = Account.create()
    contract.functions.grantRole(contract.functions.ATTESTER_ROLE().call(), second.address).transact()
    contract.functions.mint(item("one", signer=bytes(second.key))).transact({"from": MINTER.address})
    (event,) = contract.events.Minted().get_logs(from_block=0)
    assert event["args"]["attester"] == second.address


def test_royalties_go_to_the_attested_creator_or_to_the_default_receiver(web3: Web3) -> None:
    shared = deploy(web3, royalty_to_creator=True)
    mint(web3, shared, "one", CREATOR)
    mint(web3, shared, "two")
    mint_batch(web3, shared, item("three", CREATOR))
    for name in ("one", "three"):
        assert shared.functions.royaltyInfo(id_of(name), 10_000).call() == [CREATOR, 500]
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
    return (digest(f"content {name}"), digest(f"metadata {name}"), OWNER.address, price, deadline)


def test_a_voucher_mints_for_its_price_once(web3: Web3, contract: Deployed) -> None:
    voucher = voucher_for("one")
    arguments = (voucher, voucher_signature(web3, contract, voucher, bytes(MINTER.key)), *compact_statement("one"))
    call = contract.functions.mintWithVoucher(*arguments)
    assert refused(call, value=9) == "WrongPrice"
    call.transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address
    assert refused(call, value=10) == "ContentAlreadyMinted"
    contract.functions.withdraw(CREATOR).transact()
    assert web3.eth.get_balance(CREATOR) == 10


def test_a_voucher_does_not_stand_in_for_the_attestation(web3: Web3, contract: Deployed) -> None:
    voucher = voucher_for("one")
    signature = voucher_signature(web3, contract, voucher, bytes(MINTER.key))
    fields, _ = statement("one")
    forged = compact_signature(attestations.sign(attestation_of("one"), private_key=bytes(MINTER.key)))
    assert refused(contract.functions.mintWithVoucher(voucher, signature, fields, forged), value=10) == "NotAttested"


def test_a_late_or_foreign_voucher_is_refused(web3: Web3, contract: Deployed) -> None:
    late = voucher_for("one", deadline=1)
    signature = voucher_signature(web3, contract, late, bytes(MINTER.key))
    assert refused(contract.functions.mintWithVoucher(late, signature, *compact_statement("one")), value=10) == (
        "VoucherExpired"
    )
    voucher = voucher_for("one")
    signature = voucher_signature(web3, contract, voucher, bytes(ATTESTER.key))
    assert refused(contract.functions.mintWithVoucher(voucher, signature, *compact_statement("one")), value=10) == (
        "VoucherNotSigned"
    )


def test_a_contract_wallet_that_is_minter_signs_vouchers_by_erc_1271(web3: Web3, contract: Deployed) -> None:
    # A wallet that accepts every signature: PUSH32 0x1626ba7e padded, MSTORE at 0, RETURN 32 bytes.
    wallet = Account.create().address
    code = "0x7f1626ba7e" + 56 * "0" + "60005260206000f3"
    web3.provider.make_request("anvil_setCode", [wallet, code])  # type: ignore[arg-type] # anvil's own method
    voucher = voucher_for("one")
    packed = bytes.fromhex(wallet[2:]) + b"whatever the wallet takes"
    call = contract.functions.mintWithVoucher(voucher, packed, *compact_statement("one"))
    assert refused(call, value=10) == "VoucherNotSigned"
    contract.functions.grantRole(contract.functions.MINTER_ROLE().call(), wallet).transact()
    call.transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address


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
    assert contract.functions.attester(ATTESTER.address).call() == (0, anvil_time, False, NO_CREATOR)


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


@pytest.mark.parametrize("royalty", list(GAS_TARGETS))
def test_gas_of_a_mint_stays_within_the_targets(web3: Web3, royalty: str) -> None:
    creator = NO_CREATOR if royalty == "default royalty" else CREATOR
    contract = deploy(web3, royalty_to_creator=creator == CREATOR)
    mint(web3, contract, "the owner's first, which costs 17,100 more")
    alone = mint(web3, contract, "one", creator)["gasUsed"] / URI_STORAGE_MINT_GAS
    items = [item(f"batch {number}", creator) for number in range(50)]
    together = mint_batch(web3, contract, *items)["gasUsed"] / 50 / URI_STORAGE_MINT_GAS
    targets = GAS_TARGETS[royalty]
    assert (alone <= targets[0], together <= targets[1]) == (True, True), (alone, together)
