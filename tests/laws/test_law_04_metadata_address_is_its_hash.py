"""Law 4: the metadata's address is its hash, and nobody can change it."""

import hashlib

import pytest

from accounts.models import Person
from generation.models import Work
from generation.storage import read_bytes
from minting import contract_calls
from minting.chain_reader import token_state
from minting.chains import ChainConfig
from minting.contracts import collection_artifact
from minting.metadata import MetadataTooLarge, token_metadata
from minting.models import Collection, Mint
from minting.rpc import ChainClient
from minting.services import request_mint
from provenance.cids import file_cid
from tests.minting.stage import MakeWork, drive_to, token_id

WRITES = {
    "addAigcData", "approve", "burn", "cancelRoyaltyVoucher", "cancelVoucher", "grantRole", "initialize", "mint",
    "mintBatch", "mintBatchWithRoyalty", "mintWithRoyalty", "mintWithRoyaltyVoucher", "mintWithVoucher",
    "pair", "renounceRole", "revokeRole", "safeTransferFrom", "setApprovalForAll", "setAttesterInterval",
    "setContractMetadata", "setDefaultRoyalty", "setTokenRoyalty", "transferFrom", "withdraw",
}  # fmt: skip
"""every function of the contract that changes anything; none of them touches the metadata of a token that exists"""


def test_token_uri_is_the_cid_of_the_stored_bytes(
    chain: ChainConfig, collection: Collection, work: Work, person: Person, owner: str
) -> None:
    mint = drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)
    state = token_state(collection=collection, token_id=token_id(work))
    assert state is not None
    data = read_bytes(mint.metadata_file)
    assert state.token_uri == f"ipfs://{file_cid(data)}"
    call = contract_calls.call("metadataHashOf", token_id(work))
    assert ChainClient(chain).eth_call(to=collection.address, data=call) == hashlib.sha256(data).digest()


def test_the_contract_has_no_way_to_change_a_tokens_metadata() -> None:
    writes = {
        item["name"]
        for item in collection_artifact().abi
        if item["type"] == "function" and item["stateMutability"] in {"nonpayable", "payable"}
    }
    assert writes == WRITES


def test_metadata_that_is_too_large_for_one_block_is_refused(make_work: MakeWork) -> None:
    work = make_work()
    work.attestation = {**work.attestation, "padding": "x" * 262_144}
    with pytest.raises(MetadataTooLarge):
        token_metadata(work)
