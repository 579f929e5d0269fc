"""The contracts by themselves, on an anvil of the test's own: deployed, with works to mint and vouchers to sign."""

import hashlib
import json
import os
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractCustomError

from minting import contract_calls
from minting.contracts import FOLDER, Artifact
from minting.contracts.compile import compile_contract
from minting.contracts.mint_item import attestation_fields, compact_signature, mint_item
from provenance import attestations
from provenance.attestations import NO_CREATOR, Attestation

Deployed = Any
"""a contract, one of its calls, or a receipt: web3 builds their attributes at run time"""
ATTESTER = Account.create()
MINTER = Account.create()
CREATOR = Account.create().address
OWNER = Account.create()
ETHER = 10**18
SALT = bytes(32)
ARTIFACTS = Path(os.environ.get("CONTRACT_ARTIFACTS", FOLDER))
"""`make mutants` shows these tests contracts that lack a guard"""
STRANGERS = Path(__file__).parent / "solidity/Strangers.sol"
VOUCHER_TYPES = {
    "MintVoucher": [
        {"name": "contentHash", "type": "bytes32"},
        {"name": "metadataHash", "type": "bytes32"},
        {"name": "to", "type": "address"},
        {"name": "price", "type": "uint256"},
        {"name": "deadline", "type": "uint64"},
    ]
}
ROYALTY_VOUCHER_TYPES = {
    "MintVoucherWithRoyalty": [
        *VOUCHER_TYPES["MintVoucher"],
        {"name": "royaltyReceiver", "type": "address"},
        {"name": "royaltyBasisPoints", "type": "uint16"},
    ]
}


@cache
def artifact(name: str) -> Artifact:
    """One of our contracts, as committed."""
    content = json.loads((ARTIFACTS / f"{name}.json").read_text())
    return Artifact(abi=content["abi"], bytecode=content["bytecode"])


@cache
def stranger(name: str) -> Artifact:
    """One of the contracts that the tests set against ours, compiled here."""
    made = compile_contract(name, {"tests/Strangers.sol": STRANGERS.read_text()})
    return Artifact(abi=made["abi"], bytecode=made["bytecode"])


@pytest.fixture
def web3(fresh_chain: str) -> Web3:
    """A chain whose first account is the admin, and on which the minter may send without its key."""
    chain = Web3(Web3.HTTPProvider(fresh_chain))
    chain.eth.default_account = chain.eth.accounts[0]
    act_as(chain, MINTER.address)
    return chain


@pytest.fixture
def contract(web3: Web3) -> Deployed:
    return deploy(web3)


@pytest.fixture
def factory(web3: Web3) -> Deployed:
    return deploy_artifact(web3, artifact("ColophonFactory"))


def ask_node(web3: Web3, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results
    """One of anvil's own methods."""
    answer = web3.provider.make_request(method, list(parameters))  # type: ignore[arg-type] # anvil's own
    assert "error" not in answer, answer
    return answer["result"]


def act_as(web3: Web3, address: str) -> None:
    """Let anvil send for an address, and give it money."""
    ask_node(web3, "anvil_impersonateAccount", address)
    ask_node(web3, "anvil_setBalance", address, hex(10 * ETHER))


def deploy_artifact(web3: Web3, compiled: Artifact, *arguments: object) -> Deployed:
    creation = web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode).constructor(*arguments)
    address = web3.eth.wait_for_transaction_receipt(creation.transact())["contractAddress"]
    return web3.eth.contract(address=address, abi=compiled.abi)


def setup_of(
    admin: str,
    *,
    name: str = "First light",
    receiver: str | None = None,
    basis_points: int = 500,
    royalty_to_creator: bool = False,
) -> tuple[object, ...]:
    """The contract's `Setup`; royalties go to the admin unless told otherwise."""
    return (
        name,
        "LIGHT",
        admin,
        MINTER.address,
        ATTESTER.address,
        admin if receiver is None else receiver,
        basis_points,
        royalty_to_creator,
        digest("collection"),
    )


def deploy(web3: Web3, *, royalty_to_creator: bool = False) -> Deployed:
    """A collection that is a contract of its own."""
    setup = setup_of(web3.eth.accounts[0], royalty_to_creator=royalty_to_creator)
    return deploy_artifact(web3, artifact("ColophonCollection"), setup)


def create(
    web3: Web3,
    factory: Deployed,
    *shares: tuple[str, int],
    salt: bytes = SALT,
    sender: str | None = None,
    whole: bool = False,
    **properties: Any,  # noqa: ANN401 - of `setup_of`
) -> Deployed:
    """A collection that the factory made, as a proxy or whole; the first account owns it."""
    setup = setup_of(web3.eth.accounts[0], **{"receiver": NO_CREATOR if shares else None, **properties})
    arguments = (setup, list(shares), salt)
    functions = factory.functions
    make = functions.createWholeCollection if whole else functions.createCollection
    transaction = make(*arguments).transact({"from": sender or web3.eth.accounts[0]})
    assert web3.eth.wait_for_transaction_receipt(transaction)["status"] == 1
    place = functions.wholeCollectionAddress if whole else functions.collectionAddress
    address = place(*arguments).call()
    return web3.eth.contract(address=address, abi=artifact("ColophonCollection").abi)


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


def statement(name: str, creator: str = NO_CREATOR) -> tuple[tuple[object, ...], bytes]:
    """The attestation as the contract takes it, and the attester's 65-byte signature."""
    attestation = attestation_of(name, creator)
    return attestation_fields(attestation), attestations.sign(attestation, private_key=bytes(ATTESTER.key))


def compact_statement(name: str, creator: str = NO_CREATOR) -> tuple[tuple[object, ...], tuple[bytes, bytes]]:
    fields, signature = statement(name, creator)
    return fields, compact_signature(signature)


def item(
    name: str, creator: str = NO_CREATOR, signer: bytes = bytes(ATTESTER.key), to: str = OWNER.address
) -> tuple[object, ...]:
    attestation = attestation_of(name, creator)
    return mint_item(
        content_hash=digest(f"content {name}"),
        metadata_hash=digest(f"metadata {name}"),
        to=to,
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


def voucher_for(name: str, *, price: int = 10, deadline: int = 2**40, to: str = OWNER.address) -> tuple[Any, ...]:
    return (digest(f"content {name}"), digest(f"metadata {name}"), to, price, deadline)


def voucher_signature(
    web3: Web3, contract: Deployed, voucher: tuple[Any, ...], key: bytes = bytes(MINTER.key)
) -> bytes:
    """What a key signs for a voucher on this chain and in this contract, computed by eth-account on its own."""
    domain = {
        "name": "Colophon",
        "version": "1",
        "chainId": web3.eth.chain_id,
        "verifyingContract": contract.address,
    }
    types = VOUCHER_TYPES if len(voucher) == 5 else ROYALTY_VOUCHER_TYPES
    (fields,) = types.values()
    message = dict(zip([field["name"] for field in fields], voucher, strict=True))
    return bytes(Account.sign_typed_data(key, domain, types, message).signature)


def voucher_mint(
    web3: Web3, contract: Deployed, voucher: tuple[Any, ...], name: str, creator: str = NO_CREATOR
) -> Deployed:
    """The call that mints `name` with a voucher which the minter signed."""
    signature = voucher_signature(web3, contract, voucher)
    return contract.functions.mintWithVoucher(voucher, signature, *compact_statement(name, creator))


def refused(call: Deployed, **transaction: object) -> str:
    """The name of the custom error a call reverts with."""
    with pytest.raises(ContractCustomError) as error:
        call.call(transaction)
    found = contract_calls.decode_error(str(error.value.data))
    assert found is not None
    return found.name
