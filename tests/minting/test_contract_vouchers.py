"""Minting with a voucher: price, deadline, cancel, who signs, who receives, and what cannot be replayed."""

import pytest
from eth_account import Account
from web3 import Web3

from minting.contracts.mint_item import compact_signature
from provenance import attestations
from provenance.cids import raw_cid
from tests.minting.contract_stage import (
    ATTESTER,
    CREATOR,
    MINTER,
    OWNER,
    Deployed,
    act_as,
    ask_node,
    attestation_of,
    compact_statement,
    create,
    deploy,
    deploy_artifact,
    digest,
    id_of,
    item,
    mint_batch,
    refused,
    statement,
    stranger,
    voucher_for,
    voucher_mint,
    voucher_signature,
)

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_a_voucher_mints_for_its_price_once(web3: Web3, contract: Deployed) -> None:
    call = voucher_mint(web3, contract, voucher_for("one"), "one")
    assert refused(call, value=9) == "WrongPrice"
    call.transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address
    assert refused(call, value=10) == "ContentAlreadyMinted"


def test_the_price_waits_for_whoever_gets_the_royalty(web3: Web3) -> None:
    contract, admin = deploy(web3, royalty_to_creator=True), web3.eth.accounts[0]
    voucher_mint(web3, contract, voucher_for("one"), "one", CREATOR).transact({"value": 10})
    assert [contract.functions.owed(account).call() for account in (CREATOR, admin)] == [10, 0]
    assert refused(contract.functions.withdraw(admin)) == "NothingOwed"
    contract.functions.withdraw(CREATOR).transact()
    assert (web3.eth.get_balance(CREATOR), web3.eth.get_balance(contract.address)) == (10, 0)
    assert refused(contract.functions.withdraw(CREATOR)) == "NothingOwed"


def test_a_payee_that_calls_back_is_paid_once(web3: Web3, contract: Deployed) -> None:
    thief = deploy_artifact(web3, stranger("Reentrant"))
    contract.functions.setDefaultRoyalty(thief.address, 500).transact()
    voucher_mint(web3, contract, voucher_for("one"), "one").transact({"value": 10})
    contract.functions.setDefaultRoyalty(CREATOR, 500).transact()
    voucher_mint(web3, contract, voucher_for("two", price=30), "two").transact({"value": 30})
    thief.functions.arm(contract.address, contract.encode_abi("withdraw", [thief.address]), 0).transact()
    contract.functions.withdraw(thief.address).transact()
    assert (thief.functions.calls().call(), thief.functions.succeeded().call()) == (1, False)
    assert (web3.eth.get_balance(thief.address), web3.eth.get_balance(contract.address)) == (10, 30)


def test_a_payee_that_takes_no_money_stops_nobody_from_minting(web3: Web3, contract: Deployed) -> None:
    stone = deploy_artifact(web3, stranger("Stone"))
    contract.functions.setDefaultRoyalty(stone.address, 500).transact()
    voucher_mint(web3, contract, voucher_for("one"), "one").transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address
    assert refused(contract.functions.withdraw(stone.address)) == "FailedCall"
    assert contract.functions.owed(stone.address).call() == 10


def test_a_voucher_does_not_stand_in_for_the_attestation(web3: Web3, contract: Deployed) -> None:
    voucher = voucher_for("one")
    signature = voucher_signature(web3, contract, voucher)
    fields, _ = statement("one")
    forged = compact_signature(attestations.sign(attestation_of("one"), private_key=bytes(MINTER.key)))
    assert refused(contract.functions.mintWithVoucher(voucher, signature, fields, forged), value=10) == "NotAttested"


def test_a_late_voucher_and_one_that_no_minter_signed_are_refused(web3: Web3, contract: Deployed) -> None:
    late = voucher_mint(web3, contract, voucher_for("one", deadline=1), "one")
    assert refused(late, value=10) == "VoucherExpired"
    voucher = voucher_for("one")
    signature = voucher_signature(web3, contract, voucher, bytes(ATTESTER.key))
    call = contract.functions.mintWithVoucher(voucher, signature, *compact_statement("one"))
    assert refused(call, value=10) == "VoucherNotSigned"


def test_a_canceled_voucher_mints_nothing_and_leaves_others_alone(web3: Web3, contract: Deployed) -> None:
    voucher, other = voucher_for("one"), voucher_for("one", price=20)
    call = voucher_mint(web3, contract, voucher, "one")
    cancel = contract.functions.cancelVoucher(voucher)
    assert refused(cancel, **{"from": OWNER.address}) == "AccessControlUnauthorizedAccount"
    cancel.transact({"from": MINTER.address})
    assert contract.functions.isCanceled(voucher).call() is True
    assert refused(call, value=10) == "VoucherIsCanceled"
    (event,) = contract.events.VoucherCanceled().get_logs(from_block=0)
    assert event["args"] == {"tokenId": id_of("one"), "digest": contract.functions.voucherDigest(voucher).call()}
    voucher_mint(web3, contract, other, "one").transact({"value": 20})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address


@pytest.mark.parametrize("field", range(5), ids=["content", "metadata", "to", "price", "deadline"])
def test_no_field_of_a_voucher_can_be_changed(web3: Web3, contract: Deployed, field: int) -> None:
    voucher = voucher_for("one")
    changed = list(voucher)
    changed[field] = voucher_for("two", price=0, deadline=2**41, to=CREATOR)[field]
    signature = voucher_signature(web3, contract, voucher)
    call = contract.functions.mintWithVoucher(tuple(changed), signature, *compact_statement("one"))
    assert refused(call, value=changed[3]) == "VoucherNotSigned"


def test_who_copies_a_voucher_from_the_pool_pays_for_the_token_of_its_owner(web3: Web3, contract: Deployed) -> None:
    call = voucher_mint(web3, contract, voucher_for("one"), "one")
    stranger_address = Account.create().address
    act_as(web3, stranger_address)
    call.transact({"from": stranger_address, "value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address


def test_a_voucher_of_one_collection_is_worthless_in_another(web3: Web3, factory: Deployed) -> None:
    first, second = create(web3, factory, name="First"), create(web3, factory, name="Second")
    voucher = voucher_for("one")
    signature = voucher_signature(web3, first, voucher)
    replay = second.functions.mintWithVoucher(voucher, signature, *compact_statement("one"))
    assert refused(replay, value=10) == "VoucherNotSigned"
    first.functions.mintWithVoucher(voucher, signature, *compact_statement("one")).transact({"value": 10})
    assert first.functions.ownerOf(id_of("one")).call() == OWNER.address


@pytest.mark.parametrize("kind", ["contract of its own", "proxy"])
def test_a_voucher_of_one_chain_is_worthless_on_another(web3: Web3, factory: Deployed, kind: str) -> None:
    contract = create(web3, factory) if kind == "proxy" else deploy(web3)
    call = voucher_mint(web3, contract, voucher_for("one"), "one")
    call.call({"value": 10})
    ask_node(web3, "anvil_setChainId", 1)
    assert refused(call, value=10) == "VoucherNotSigned"


def test_the_other_form_of_a_signature_is_refused(web3: Web3, contract: Deployed) -> None:
    voucher = voucher_for("one")
    signature = voucher_signature(web3, contract, voucher)
    mirrored = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    malleable = signature[:32] + mirrored.to_bytes(32, "big") + bytes([55 - signature[64]])
    call = contract.functions.mintWithVoucher(voucher, malleable, *compact_statement("one"))
    assert refused(call, value=10) == "VoucherNotSigned"


def test_a_contract_wallet_that_is_minter_signs_vouchers_by_erc_1271(web3: Web3, contract: Deployed) -> None:
    key = Account.create()
    wallet = deploy_artifact(web3, stranger("Wallet"), key.address)
    voucher = voucher_for("one")
    packed = bytes.fromhex(wallet.address[2:]) + voucher_signature(web3, contract, voucher, bytes(key.key))
    forged = bytes.fromhex(wallet.address[2:]) + voucher_signature(web3, contract, voucher)
    call = contract.functions.mintWithVoucher(voucher, packed, *compact_statement("one"))
    assert refused(call, value=10) == "VoucherNotSigned"
    contract.functions.grantRole(contract.functions.MINTER_ROLE().call(), wallet.address).transact()
    wrong = contract.functions.mintWithVoucher(voucher, forged, *compact_statement("one"))
    assert refused(wrong, value=10) == "VoucherNotSigned"
    call.transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address


def test_a_contract_wallet_receives_and_one_that_cannot_take_tokens_gets_none(web3: Web3, contract: Deployed) -> None:
    wallet = deploy_artifact(web3, stranger("Wallet"), CREATOR).address
    stone = deploy_artifact(web3, stranger("Stone")).address
    voucher_mint(web3, contract, voucher_for("one", to=wallet), "one").transact({"value": 10})
    assert contract.functions.ownerOf(id_of("one")).call() == wallet
    lost = voucher_mint(web3, contract, voucher_for("two", to=stone), "two")
    assert refused(lost, value=10) == "ERC721InvalidReceiver"


def test_a_receiver_that_calls_back_finds_its_token_complete_and_gets_no_second(web3: Web3) -> None:
    contract = deploy(web3, royalty_to_creator=True)
    receiver = deploy_artifact(web3, stranger("Reentrant"))
    act_as(web3, receiver.address)
    call = voucher_mint(web3, contract, voucher_for("one", to=receiver.address), "one", CREATOR)
    receiver.functions.arm(contract.address, call.build_transaction({"gas": 1, "value": 10})["data"], 10).transact()
    contract.functions.setDefaultRoyalty(OWNER.address, 500).transact()
    call.transact({"value": 10})
    assert (receiver.functions.calls().call(), receiver.functions.succeeded().call()) == (1, False)
    assert receiver.functions.uri().call() == f"ipfs://{raw_cid(digest('metadata one'))}"
    assert receiver.functions.royaltyReceiver().call() == CREATOR
    assert contract.functions.owed(CREATOR).call() == web3.eth.get_balance(contract.address) == 10


def test_a_relayed_mint_calls_no_receiver_so_none_can_stop_a_batch(web3: Web3, contract: Deployed) -> None:
    receiver = deploy_artifact(web3, stranger("Reentrant"))
    receiver.functions.arm(contract.address, b"", 0).transact()
    mint_batch(web3, contract, item("one", to=receiver.address), item("two"))
    assert receiver.functions.calls().call() == 0
    assert contract.functions.ownerOf(id_of("one")).call() == receiver.address
