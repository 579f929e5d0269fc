"""Collections of creators and DAOs: proxies at addresses that nobody can take."""

import pytest
from eth_account import Account
from web3 import Web3

from provenance.cids import raw_cid
from tests.minting.contract_stage import (
    ATTESTER,
    MINTER,
    OWNER,
    SALT,
    Deployed,
    act_as,
    artifact,
    create,
    deploy_artifact,
    digest,
    id_of,
    item,
    mint,
    refused,
    setup_of,
    stranger,
)


@pytest.mark.parametrize("whole", [False, True])
def test_a_collection_has_its_properties_and_its_owner_is_its_admin(
    web3: Web3, factory: Deployed, *, whole: bool
) -> None:
    owner, functions = web3.eth.accounts[0], create(web3, factory, whole=whole, name="Waves").functions
    assert (functions.name().call(), functions.symbol().call()) == ("Waves", "LIGHT")
    assert functions.contractURI().call() == f"ipfs://{raw_cid(digest('collection'))}"
    assert functions.royaltyInfo(1, 10_000).call() == [owner, 500]
    held = {"MINTER_ROLE": MINTER.address, "ATTESTER_ROLE": ATTESTER.address, "DEFAULT_ADMIN_ROLE": owner}
    for role, account in held.items():
        assert functions.hasRole(functions[role]().call(), account).call() is True
    admin = functions.DEFAULT_ADMIN_ROLE().call()
    assert [functions.hasRole(admin, other).call() for other in (MINTER.address, factory.address)] == [False, False]


def test_its_address_is_known_before_and_is_a_minimal_proxy(web3: Web3, factory: Deployed) -> None:
    setup = setup_of(OWNER.address, name="Waves")
    place = factory.functions.collectionAddress(setup, [], SALT).call()
    assert web3.eth.get_code(place) == b""
    factory.functions.createCollection(setup, [], SALT).transact()
    implementation = factory.functions.COLLECTION().call()
    erc_1167 = "363d3d373d3d3d363d73" + implementation[2:].lower() + "5af43d82803e903d91602b57fd5bf3"
    assert web3.eth.get_code(place).hex() == erc_1167


def test_nobody_can_take_an_address_for_something_else(web3: Web3, factory: Deployed) -> None:
    wanted = setup_of(OWNER.address, name="Waves")
    place = factory.functions.collectionAddress(wanted, [], SALT).call()
    thief = Account.create().address
    act_as(web3, thief)
    for setup, salt in (
        (setup_of(thief, name="Waves"), SALT),
        (setup_of(OWNER.address, name="Waves", receiver=thief), SALT),
        (wanted, bytes(31) + b"1"),
    ):
        assert factory.functions.createCollection(setup, [], salt).call({"from": thief}) != place
        factory.functions.createCollection(setup, [], salt).transact({"from": thief})
    assert web3.eth.get_code(place) == b""


def test_who_runs_ahead_makes_exactly_what_was_wanted(web3: Web3, factory: Deployed) -> None:
    thief = Account.create().address
    act_as(web3, thief)
    made = create(web3, factory, name="Waves", sender=thief)
    again = create(web3, factory, name="Waves")
    assert again.address == made.address
    assert len(factory.events.CollectionCreated().get_logs(from_block=0)) == 1
    functions = made.functions
    assert functions.hasRole(functions.DEFAULT_ADMIN_ROLE().call(), web3.eth.accounts[0]).call() is True
    assert functions.hasRole(functions.DEFAULT_ADMIN_ROLE().call(), thief).call() is False


def test_nothing_is_initialized_twice_the_implementation_included(web3: Web3, factory: Deployed) -> None:
    thief = setup_of(Account.create().address)
    made = create(web3, factory)
    implementation = web3.eth.contract(
        address=factory.functions.COLLECTION().call(), abi=artifact("ColophonCollection").abi
    )
    for contract in (made, implementation):
        assert refused(contract.functions.initialize(thief)) == "AlreadyInitialized"
    assert refused(implementation.functions.mint(item("one")), **{"from": MINTER.address}) == "NotAttested"


def test_the_owner_keeps_minting_when_she_sends_the_platform_away(web3: Web3, factory: Deployed) -> None:
    contract, owner = create(web3, factory), web3.eth.accounts[0]
    mint(web3, contract, "one")
    role = contract.functions.MINTER_ROLE().call()
    contract.functions.revokeRole(role, MINTER.address).transact()
    contract.functions.grantRole(role, owner).transact()
    assert refused(contract.functions.mint(item("two")), **{"from": MINTER.address}) == (
        "AccessControlUnauthorizedAccount"
    )
    contract.functions.mint(item("two")).transact()
    assert contract.functions.ownerOf(id_of("two")).call() == OWNER.address


def test_a_safe_owns_a_collection_and_acts_as_its_admin(web3: Web3, factory: Deployed) -> None:
    safe = deploy_artifact(web3, stranger("Wallet"), OWNER.address)
    setup = setup_of(safe.address, name="Of the DAO")
    factory.functions.createCollection(setup, [], SALT).transact()
    place = factory.functions.collectionAddress(setup, [], SALT).call()
    contract = web3.eth.contract(address=place, abi=artifact("ColophonCollection").abi)
    change = contract.functions.setDefaultRoyalty(OWNER.address, 100)
    assert refused(change) == "AccessControlUnauthorizedAccount"
    safe.functions.execute(place, contract.encode_abi("setDefaultRoyalty", [OWNER.address, 100])).transact()
    assert contract.functions.royaltyInfo(1, 10_000).call() == [OWNER.address, 100]


def test_collections_do_not_share_tokens_roles_or_royalties(web3: Web3, factory: Deployed) -> None:
    first, second = create(web3, factory, name="First"), create(web3, factory, name="Second", basis_points=100)
    mint(web3, first, "one")
    mint(web3, second, "one")
    first.functions.revokeRole(first.functions.MINTER_ROLE().call(), MINTER.address).transact()
    mint(web3, second, "two")
    assert [contract.functions.balanceOf(OWNER.address).call() for contract in (first, second)] == [1, 2]
    assert second.functions.royaltyInfo(id_of("one"), 10_000).call()[1] == 100


def test_the_event_names_what_an_index_needs(web3: Web3, factory: Deployed) -> None:
    made = create(web3, factory, name="Waves", salt=digest("salt"))
    (event,) = factory.events.CollectionCreated().get_logs(from_block=0)
    assert event["args"] == {
        "collection": made.address,
        "owner": web3.eth.accounts[0],
        "minter": MINTER.address,
        "attester": ATTESTER.address,
        "salt": digest("salt"),
    }
