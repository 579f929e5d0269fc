"""`python -m bench.gas`: what a mint costs, against a plain OpenZeppelin mint of the same run. Part of `make bench`.

Whole transactions on an anvil of its own, to an owner who has a token already (the first one costs 17,100 more).
Both contracts are compiled here with the same compiler and settings; the collection's bytecode is the committed one.
"""

import hashlib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_account import Account
from web3 import Web3

from devstack import anvil
from devstack.parts import ROOT
from devstack.ports import free_port, wait_until
from minting.contracts import collection_artifact
from minting.contracts.compile import compile_contract
from minting.contracts.mint_item import mint_item
from provenance.attestations import NO_CREATOR, Attestation, sign
from provenance.cids import raw_cid

DESIGNS_BASELINE = 148_571
"""the plain mint that the targets were set against (other compiler settings)"""
TARGETS = {"own collection": (0.58, 0.37), "creator's royalty": (0.73, 0.52)}
"""at most this part of the plain mint: one token, and one of a batch"""
BATCH = 50
OWNER = Account.create().address
CREATOR = Account.create().address
ATTESTER = Account.create()
Deployed = Any
"""a contract, whose functions web3 builds at run time"""


def main() -> None:
    """Print the plain mint, then one token and one of a batch for each kind of royalty."""
    with _chain() as web3:
        plain = _plain_mint(web3)
        print(
            f"gas, plain     {plain:,} for an OpenZeppelin ERC721URIStorage mint (the design: {DESIGNS_BASELINE:,})"
        )
        for royalty, targets in TARGETS.items():
            alone, together = _mint(web3, creator=CREATOR if royalty == "creator's royalty" else NO_CREATOR)
            for what, gas, target in (("mint", alone, targets[0]), (f"of {BATCH}", together, targets[1])):
                print(
                    f"gas, {what:9} {gas:,} per token, {royalty}: {gas / plain:.3f} of the plain mint, "
                    f"{gas / DESIGNS_BASELINE:.3f} of the design's (at most {target})"
                )


@contextmanager
def _chain() -> Iterator[Web3]:
    """A fresh chain whose first account sends everything."""
    port = free_port()
    process = subprocess.Popen(anvil.command(ROOT, port=port), stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: anvil.answers(port=port), what="anvil answers")
        web3 = Web3(Web3.HTTPProvider(anvil.url(port=port)))
        web3.eth.default_account = web3.eth.accounts[0]
        yield web3
    finally:
        process.kill()
        process.wait()


def _plain_mint(web3: Web3) -> int:
    source = (ROOT / "bench" / "PlainCollection.sol").read_text()
    artifact = compile_contract("PlainCollection", {"bench/PlainCollection.sol": source})
    contract = _deploy(web3, artifact["abi"], artifact["bytecode"])
    for _ in range(2):
        uri = f"ipfs://{raw_cid(_digest('metadata'))}"
        gas = _gas(web3, contract.functions.mint(OWNER, uri))
    return gas


def _mint(web3: Web3, *, creator: str) -> tuple[int, int]:
    """Gas of one mint, and per token of a batch; with the royalty to the creator unless it is NO_CREATOR."""
    artifact, sender = collection_artifact(), web3.eth.accounts[0]
    contract = _deploy(
        web3, artifact.abi, artifact.bytecode,
        "Bench", "BENCH", sender, sender, ATTESTER.address, sender, 500, creator != NO_CREATOR, bytes(32),
    )  # fmt: skip
    _gas(web3, contract.functions.mint(_item("first", creator)))
    alone = _gas(web3, contract.functions.mint(_item("second", creator)))
    items = [_item(f"in the batch {place}", creator) for place in range(BATCH)]
    return alone, round(_gas(web3, contract.functions.mintBatch(items)) / BATCH)


def _item(name: str, creator: str) -> tuple[object, ...]:
    attestation = Attestation(
        pixel_hash=_digest(f"pixels {name}"),
        recipe_hash=_digest(f"recipe {name}"),
        model_hash=_digest("model"),
        creator=creator,
        created_at=int(time.time()),
    )
    return mint_item(
        content_hash=_digest(f"content {name}"),
        metadata_hash=_digest(f"metadata {name}"),
        to=OWNER,
        attestation=attestation,
        signature=sign(attestation, private_key=bytes(ATTESTER.key)),
    )


def _deploy(web3: Web3, abi: Any, bytecode: str, *arguments: object) -> Deployed:  # noqa: ANN401 - ABI JSON
    transaction = web3.eth.contract(abi=abi, bytecode=bytecode).constructor(*arguments).transact()
    address = web3.eth.wait_for_transaction_receipt(transaction)["contractAddress"]
    return web3.eth.contract(address=address, abi=abi)


def _gas(web3: Web3, call: Deployed) -> int:
    """What a transaction used. Raises RuntimeError when it reverted."""
    receipt = web3.eth.wait_for_transaction_receipt(call.transact())
    if receipt["status"] != 1:
        raise RuntimeError(f"{call.fn_name} reverted")
    return int(receipt["gasUsed"])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


if __name__ == "__main__":
    main()
