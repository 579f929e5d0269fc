"""Requesting, retrying and refusing mints; deploying collections."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from web3 import Web3

from accounts.models import Person, Wallet
from api.errors import InvalidInput
from generation.errors import WorkNotFound
from generation.models import Work
from generation.storage import read_bytes
from minting import contract_calls
from minting.chains import ChainConfig
from minting.contracts import collection_artifact
from minting.errors import AlreadyMinted, BadAddress, MintNotRetryable, UnknownCollection, WorkNotMintable
from minting.models import Collection, Mint
from minting.querysets import collection_named, token_mint
from minting.rpc import ChainClient
from minting.services import deploy_collection, request_mint, retry_mint
from minting.signers import platform_signer
from provenance.canonical import canonical_json
from provenance.digests import to_hex
from tests.minting.stage import MakeWork, drive_to, drive_until, token_id


def test_metadata_has_the_shape_of_erc_721_opensea_and_erc_7007(
    collection: Collection, work: Work, person: Person, owner: str
) -> None:
    data = read_bytes(request_mint(person=person, work=work, to=owner).metadata_file)
    document = json.loads(data)
    assert data == canonical_json(document)
    assert document["name"] == "a teal sun over navy waves"
    assert document["image"] == f"ipfs://{work.file.cid}"
    assert document["external_url"] == f"http://testserver/works/{work.id}/"
    assert {"trait_type": "Seed", "value": 7, "display_type": "number"} in document["attributes"]
    assert {"trait_type": "Guidance scale", "value": 2, "display_type": "number"} in document["attributes"]
    assert (document["prompt"], document["aigc_type"], document["proof_type"]) == (
        work.prompt,
        "image",
        "attestation",
    )
    assert document["colophon"]["recipe"] == f"ipfs://{work.recipe_file.cid}"


def test_a_private_prompt_is_not_in_the_metadata(
    collection: Collection, work: Work, person: Person, owner: str
) -> None:
    Work.objects.filter(id=work.pk).update(private_prompt=True)
    document = read_bytes(request_mint(person=person, work=work, to=owner).metadata_file)
    assert work.prompt.encode() not in document
    assert json.loads(document)["prompt"] == to_hex(bytes(work.recipe_hash))


@pytest.mark.parametrize(("state", "code"), [("hidden", "work_hidden"), ("rejected", "work_rejected")])
def test_a_work_that_curators_took_away_is_refused(
    state: str, code: str, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    Work.objects.filter(id=work.pk).update(review_state=state)
    with pytest.raises(WorkNotMintable) as refusal:
        request_mint(person=person, work=work, to=owner)
    assert refusal.value.code == code
    assert not Mint.objects.exists()


def test_somebody_elses_work_is_refused(collection: Collection, work: Work, owner: str) -> None:
    other = Person.objects.create_user(username="bob", password="not the maker")
    with pytest.raises(WorkNotFound):
        request_mint(person=other, work=work, to=owner)
    assert not Mint.objects.exists()


def test_a_second_request_for_the_same_work_is_refused(
    collection: Collection, work: Work, person: Person, owner: str
) -> None:
    first = request_mint(person=person, work=work, to=owner)
    with pytest.raises(AlreadyMinted, match=str(first.id)):
        request_mint(person=person, work=work, to=owner)
    assert Mint.objects.count() == 1


def test_a_bad_address_is_refused_before_anything_is_written(
    collection: Collection, work: Work, person: Person
) -> None:
    with pytest.raises(BadAddress):
        request_mint(person=person, work=work, to="0x12")
    assert not Mint.objects.exists()


def test_without_a_collection_there_is_nothing_to_mint_in(work: Work, person: Person, owner: str) -> None:
    with pytest.raises(UnknownCollection):
        request_mint(person=person, work=work, to=owner)


def test_only_a_failed_mint_can_be_tried_again(
    collection: Collection, work: Work, person: Person, owner: str
) -> None:
    mint = request_mint(person=person, work=work, to=owner)
    with pytest.raises(MintNotRetryable):
        retry_mint(mint=mint)
    Mint.objects.filter(id=mint.id).update(status="failed", error_code="work_hidden", error_detail="hidden")
    again = retry_mint(mint=mint)
    assert (again.status, again.error_code, again.revision) == (Mint.Status.REQUESTED, "", 2)
    drive_to(again, Mint.Status.MINED)


def test_a_work_may_have_a_token_in_another_collection_too(
    collection: Collection, work: Work, person: Person, owner: str
) -> None:
    Wallet.objects.create(person=person, address=owner)
    own = deploy_collection(slug="own", name="My own", symbol="OWN", owner=person)
    assert own.address != collection.address
    drive_until(lambda: Collection.objects.filter(slug="own", status="ready").exists())
    own = collection_named("own")
    for place in (collection, own):
        drive_to(request_mint(person=person, work=work, to=owner, collection=place), Mint.Status.MINED)
        found = token_mint(chain_id=place.chain_id, address=place.address.lower(), token_id=token_id(work))
        assert found is not None
        assert found.collection == place


def test_an_owner_with_a_wallet_is_admin_of_her_collection_and_gets_its_royalties(
    chain: ChainConfig, collection: Collection, person: Person, owner: str
) -> None:
    Wallet.objects.create(person=person, address=owner)
    deploy_collection(slug="own", name="My own", symbol="OWN", owner=person)
    drive_until(lambda: Collection.objects.filter(slug="own", status="ready").exists())
    web3 = Web3(Web3.HTTPProvider(chain.rpc_urls[0]))
    address = Web3.to_checksum_address(collection_named("own").address)
    contract = web3.eth.contract(address=address, abi=collection_artifact().abi)
    assert contract.functions.hasRole(b"\0" * 32, owner).call() is True
    assert contract.functions.hasRole(b"\0" * 32, platform_signer().address).call() is False
    assert contract.functions.royaltyInfo(1, 10_000).call() == [owner, 500]


def test_a_taken_slug_is_refused_before_a_nonce_is_spent(collection: Collection) -> None:
    with pytest.raises(InvalidInput) as refusal:
        deploy_collection(slug="first-light", name="Again", symbol="AGAIN")
    assert (refusal.value.errors[0].field, Collection.objects.count()) == ("slug", 1)


def test_the_default_collection_is_deployed_once(chain: ChainConfig) -> None:
    addresses = []
    for _ in range(2):
        output = StringIO()
        call_command("deploy_default_collection", "--wait", stdout=output)
        addresses.append(json.loads(output.getvalue())["address"])
    assert addresses[0] == addresses[1]
    assert Collection.objects.get().status == Collection.Status.READY
    assert ChainClient(chain).call("eth_getCode", addresses[0], "latest") != "0x"


def test_the_addresses_of_deployments_follow_from_the_nonce() -> None:
    address = contract_calls.deployed_address(deployer="0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", nonce=0)
    assert address == "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"


def test_operators_can_see_and_change_mints(db: None) -> None:
    permissions = set(Group.objects.get(name="Operators").permissions.values_list("codename", flat=True))
    assert {"view_mint", "change_mint", "view_transaction", "add_collection"} <= permissions


def test_many_works_can_be_requested_by_name_of_their_collection(
    collection: Collection, make_work: MakeWork, person: Person, owner: str
) -> None:
    assert collection_named(None) == collection_named("first-light") == collection_named(str(collection.id))
    with pytest.raises(UnknownCollection):
        collection_named("nothing")
