"""Collections that the factory makes as whole contracts: the same as its proxies, but for their code and address."""

from eth_account import Account
from web3 import Web3

from provenance.attestations import NO_CREATOR
from tests.minting.contract_stage import (
    ATTESTER,
    CREATOR,
    MINTER,
    OWNER,
    SALT,
    Deployed,
    act_as,
    create,
    deploy,
    digest,
    id_of,
    item,
    mint,
    refused,
    setup_of,
    voucher_for,
    voucher_mint,
)

MOST_BYTES_OF_CODE = 24_576
"""EIP-170"""


def test_its_address_is_known_before_and_it_has_the_code_of_all_collections(web3: Web3, factory: Deployed) -> None:
    setup = setup_of(OWNER.address, name="Waves")
    place = factory.functions.wholeCollectionAddress(setup, [], SALT).call()
    assert web3.eth.get_code(place) == b""
    transaction = factory.functions.createWholeCollection(setup, [], SALT).transact()
    assert web3.eth.wait_for_transaction_receipt(transaction)["status"] == 1
    code = web3.eth.get_code(place)
    assert code == web3.eth.get_code(factory.functions.COLLECTION().call())
    assert 20_000 < len(code) <= MOST_BYTES_OF_CODE


def test_a_proxy_of_the_same_properties_is_another_collection(web3: Web3, factory: Deployed) -> None:
    proxy, whole = create(web3, factory, name="Waves"), create(web3, factory, whole=True, name="Waves")
    assert proxy.address != whole.address
    mint(web3, proxy, "one")
    mint(web3, whole, "two")
    assert [contract.functions.balanceOf(OWNER.address).call() for contract in (proxy, whole)] == [1, 1]
    assert refused(whole.functions.ownerOf(id_of("one"))) == "ERC721NonexistentToken"


def test_nobody_can_take_its_address_for_something_else(web3: Web3, factory: Deployed) -> None:
    functions, wanted = factory.functions, setup_of(OWNER.address, name="Waves")
    place = functions.wholeCollectionAddress(wanted, [], SALT).call()
    thief = Account.create().address
    act_as(web3, thief)
    for setup, salt in (
        (setup_of(thief, name="Waves"), SALT),
        (setup_of(OWNER.address, name="Waves", receiver=thief), SALT),
        (wanted, bytes(31) + b"1"),
    ):
        assert functions.createWholeCollection(setup, [], salt).call({"from": thief}) != place
        transaction = functions.createWholeCollection(setup, [], salt).transact({"from": thief})
        assert web3.eth.wait_for_transaction_receipt(transaction)["status"] == 1
    assert web3.eth.get_code(place) == b""


def test_who_runs_ahead_makes_exactly_what_was_wanted_and_asking_again_makes_nothing(
    web3: Web3, factory: Deployed
) -> None:
    thief = Account.create().address
    act_as(web3, thief)
    made = create(web3, factory, whole=True, name="Waves", sender=thief)
    again = create(web3, factory, whole=True, name="Waves")
    assert again.address == made.address
    assert len(factory.events.CollectionCreated().get_logs(from_block=0)) == 1
    functions = made.functions
    admin = functions.DEFAULT_ADMIN_ROLE().call()
    held = [functions.hasRole(admin, account).call() for account in (web3.eth.accounts[0], thief)]
    assert held == [True, False]


def test_it_is_initialized_when_it_comes_into_being_and_never_again(web3: Web3, factory: Deployed) -> None:
    made, thief = create(web3, factory, whole=True), Account.create().address
    act_as(web3, thief)
    call = made.functions.initialize(setup_of(thief))
    assert refused(call, **{"from": thief}) == "AlreadyInitialized"
    # The event is in the very transaction that made it, with all that initializing it wrote.
    (event,) = factory.events.CollectionCreated().get_logs(from_block=0)
    logs = web3.eth.get_transaction_receipt(event["transactionHash"])["logs"]
    (paired,) = [log for log in logs if log["topics"][0] == Web3.keccak(text="Paired(address,address)")]
    assert (event["args"]["collection"], paired["address"]) == (made.address, made.address)


def test_vouchers_are_signed_for_it_alone(web3: Web3, factory: Deployed) -> None:
    contract, elsewhere = create(web3, factory, whole=True), deploy(web3)
    _, name, version, chain_id, address, _, _ = contract.functions.eip712Domain().call()
    assert (name, version, chain_id, address) == ("Colophon", "1", web3.eth.chain_id, contract.address)
    voucher = voucher_for("one", price=10)
    call = voucher_mint(web3, contract, voucher, "one")
    signed_for_another = contract.functions.mintWithVoucher(*voucher_mint(web3, elsewhere, voucher, "one").arguments)
    assert refused(signed_for_another, value=10) == "VoucherNotSigned"
    web3.eth.wait_for_transaction_receipt(call.transact({"value": 10}))
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address
    assert contract.functions.owed(web3.eth.accounts[0]).call() == 10


def test_its_royalties_are_shared_through_the_same_splitter_as_a_proxys(web3: Web3, factory: Deployed) -> None:
    shares = sorted([(OWNER.address, 1), (CREATOR, 3)], key=lambda share: int(share[0], 16))
    proxy, whole = create(web3, factory, *shares), create(web3, factory, *shares, whole=True)
    told = [contract.functions.royaltyInfo(1, 10_000).call() for contract in (proxy, whole)]
    assert told[0] == told[1] == [factory.functions.splitterAddress(shares).call(), 500]
    both = factory.functions.createWholeCollection(setup_of(OWNER.address), shares, SALT)
    assert refused(both) == "TwoRoyaltyReceivers"
    assert len(factory.events.SplitterCreated().get_logs(from_block=0)) == 1


def test_its_event_is_that_of_every_collection(web3: Web3, factory: Deployed) -> None:
    made = create(web3, factory, whole=True, name="Waves", salt=digest("salt"))
    (event,) = factory.events.CollectionCreated().get_logs(from_block=0)
    assert event["args"] == {
        "collection": made.address,
        "owner": web3.eth.accounts[0],
        "minter": MINTER.address,
        "attester": ATTESTER.address,
        "salt": digest("salt"),
    }


def test_the_owner_keeps_minting_when_she_sends_the_platform_away(web3: Web3, factory: Deployed) -> None:
    contract, owner = create(web3, factory, whole=True), web3.eth.accounts[0]
    role = contract.functions.MINTER_ROLE().call()
    contract.functions.revokeRole(role, MINTER.address).transact()
    contract.functions.grantRole(role, owner).transact()
    assert refused(contract.functions.mint(item("one")), **{"from": MINTER.address}) == (
        "AccessControlUnauthorizedAccount"
    )
    web3.eth.wait_for_transaction_receipt(contract.functions.mint(item("one")).transact())
    assert contract.functions.ownerOf(id_of("one")).call() == OWNER.address
    assert contract.functions.getApproved(id_of("one")).call() == NO_CREATOR
