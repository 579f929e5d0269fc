"""Law 3: the token's id is the picture's SHA-256, and the chain refuses a second mint of the same content."""

import hashlib

import pytest

from accounts.models import Person
from generation.models import Work
from generation.storage import read_bytes
from minting import contract_calls
from minting.chain_reader import token_state
from minting.chains import ChainConfig
from minting.models import Collection, Mint
from minting.rpc import ChainClient, RpcError
from minting.services import request_mint
from minting.signers import platform_signer
from tests.minting.stage import drive_to, token_id


@pytest.fixture
def minted(collection: Collection, work: Work, person: Person, owner: str) -> Mint:
    return drive_to(request_mint(person=person, work=work, to=owner), Mint.Status.MINED)


def test_sha256sum_of_the_file_finds_the_token(minted: Mint, work: Work, owner: str) -> None:
    digest = hashlib.sha256(read_bytes(work.file)).hexdigest()
    state = token_state(collection=minted.collection, token_id=int(digest, 16))
    assert state is not None
    assert state.owner == owner


def test_another_hash_has_no_token(minted: Mint, work: Work) -> None:
    assert token_state(collection=minted.collection, token_id=token_id(work) ^ 1) is None


def test_the_chain_itself_refuses_a_second_mint_of_the_same_content(minted: Mint, chain: ChainConfig) -> None:
    with pytest.raises(RpcError) as refusal:
        ChainClient(chain).eth_call(
            to=minted.collection.address, data=contract_calls.mint_call(minted), sender=platform_signer().address
        )
    error = contract_calls.decode_error(refusal.value.data)
    assert error == contract_calls.ContractError(name="ContentAlreadyMinted", arguments=(token_id(minted.work),))
