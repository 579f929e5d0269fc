"""`python -m bench.gas`: what each way of minting costs, beside others of the same run. Part of `make bench`.

Whole transactions on an anvil of its own, to an owner who has a token already (the first one costs 17,100 more). All
contracts are compiled with the same compiler and settings; ours are the committed ones.
"""

import hashlib
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from web3 import Web3

from devstack import anvil
from devstack.anvil import CHAIN_ID
from devstack.parts import ROOT
from devstack.ports import free_port, wait_until
from minting.contracts import artifact
from minting.contracts.compile import compile_contracts
from minting.contracts.mint_item import attestation_fields, compact_signature, mint_item
from provenance import vouchers
from provenance.attestations import NO_CREATOR, Attestation, sign
from provenance.cids import raw_cid

DESIGNS_BASELINE = 148_571
"""the plain mint that the targets were set against (other compiler settings)"""
TARGETS = {
    "a contract of its own": (0.58, 0.37),
    "creator's royalty": (0.73, 0.52),
    "a whole contract of the factory": (0.58, 0.37),
    "a proxy": (0.58, 0.37),
}
"""at most this part of that: one token, and one of a batch of 50"""
FUNCTIONS = {
    "a whole contract of the factory": ("createWholeCollection", "wholeCollectionAddress"),
    "a proxy": ("createCollection", "collectionAddress"),
}
"""the factory's, which make what it makes and say where"""
BATCHES = (2, 3, 4, 10, 50)
CONTENDERS = ("PlainCollection", "HashedERC721A", "HashedSolady")
OWNER = Account.create().address
CREATOR = Account.create().address
ATTESTER = Account.create()
SENDER = Account.create()
Deployed = Any
"""a contract, whose functions web3 builds at run time"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The chain, and the contracts that were made on it."""

    web3: Web3
    factory: Deployed
    others: dict[str, Deployed]


def main() -> None:
    """Print a table: gas per token, alone and in batches, as parts of the plain mint."""
    with _chain() as web3:
        bench = _prepare(web3)
        plain = _plain_mint(bench)
        print(f"gas            parts of {DESIGNS_BASELINE:,}, the design's plain mint (in this run it is {plain:,})")
        _row("OpenZeppelin ERC721URIStorage", {1: plain})
        _row("ERC721A, bare", _series(bench, lambda names: _bare_a(bench, names)))
        _row("ERC721A and a hash each", _series(bench, lambda names: _hashed_a(bench, names)))
        _row("solady, id = hash, and a hash", _series(bench, lambda names: _solady(bench, names)))
        for kind, (one, of_50) in TARGETS.items():
            series = _colophon(bench, kind)
            _row(f"Colophon, {kind}", series, targets={1: one, 50: of_50})
        for kind in ("a contract of its own", *FUNCTIONS):
            free, priced = _vouchers(bench, kind)
            print(f"gas, voucher   {kind}: {free:,} free, {priced:,} with a price")
        _print_deployments(bench)


def _row(name: str, series: dict[int, int], *, targets: dict[int, float] | None = None) -> None:
    cells = []
    for count, gas in series.items():
        part = gas / DESIGNS_BASELINE
        target = (targets or {}).get(count)
        verdict = "" if target is None else f" (at most {target}: {'yes' if part <= target else 'no'})"
        cells.append(f"{count}: {gas:,} = {part:.3f}{verdict}")
    print(f"gas, per token {name}: " + " · ".join(cells))


def _series(bench: Bench, call: Callable[[list[str]], Deployed]) -> dict[int, int]:
    """Gas per token by how many are minted together, after a first one."""
    _gas(bench.web3, call(["first"]))
    # Twice each: the first batch may write slots that later ones only change.
    for count in BATCHES:
        _gas(bench.web3, call([f"before {count} {place}" for place in range(count)]))
    return {
        count: round(_gas(bench.web3, call([f"of {count} {place}" for place in range(count)])) / count)
        for count in (1, *BATCHES)
    }


def _colophon(bench: Bench, kind: str) -> dict[int, int]:
    contract = _collection(bench, kind)
    creator = CREATOR if kind == "creator's royalty" else NO_CREATOR

    def call(names: list[str]) -> Deployed:
        items = [_item(name, creator) for name in names]
        return contract.functions.mint(items[0]) if len(items) == 1 else contract.functions.mintBatch(items)

    return _series(bench, call)


def _vouchers(bench: Bench, kind: str) -> tuple[int, int]:
    """Gas of a voucher's mint that is free, and of one with a price, whose payee was paid before."""
    contract, web3 = _collection(bench, kind), bench.web3
    _gas(web3, contract.functions.mint(_item("first", NO_CREATOR)))
    gas = []
    for name, price in (("free", 0), ("first sale", 1), ("sale", 1)):
        attestation = _attestation(name, NO_CREATOR)
        voucher = vouchers.MintVoucher(
            content_hash=_digest(name), metadata_hash=_digest(f"metadata {name}"), to=OWNER, price=price,
            deadline=2**40,
        )  # fmt: skip
        call = contract.functions.mintWithVoucher(
            voucher.fields(),
            vouchers.sign(voucher, chain_id=CHAIN_ID, contract=contract.address, private_key=bytes(SENDER.key)),
            attestation_fields(attestation),
            compact_signature(sign(attestation, private_key=bytes(ATTESTER.key))),
        )
        gas.append(_gas(web3, call, value=price))
    return gas[0], gas[2]


def _print_deployments(bench: Bench) -> None:
    setup = _setup("deployed", "a contract of its own")
    full = _creation_gas(bench.web3, "ColophonCollection", setup)
    factory = _creation_gas(bench.web3, "ColophonFactory")
    made = {
        kind: _gas(bench.web3, bench.factory.functions[make](setup, [], bytes(32)))
        for kind, (make, _) in FUNCTIONS.items()
    }
    by_factory = ", ".join(f"{gas:,} {kind}" for kind, gas in made.items())
    print(f"gas, deploying {full:,} a contract of its own, {by_factory} (the factory, once: {factory:,})")


@contextmanager
def _chain() -> Iterator[Web3]:
    """A fresh chain; the sender, whose key is known because it signs vouchers, pays for everything."""
    port = free_port()
    process = subprocess.Popen(anvil.command(ROOT, port=port), stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: anvil.answers(port=port), what="anvil answers")
        anvil.fund(anvil.url(port=port), SENDER.address)
        anvil.call(anvil.url(port=port), "anvil_impersonateAccount", SENDER.address)
        web3 = Web3(Web3.HTTPProvider(anvil.url(port=port)))
        web3.eth.default_account = SENDER.address
        yield web3
    finally:
        process.kill()
        process.wait()


def _prepare(web3: Web3) -> Bench:
    source = (ROOT / "bench" / "Contenders.sol").read_text()
    compiled = compile_contracts(CONTENDERS, {"bench/Contenders.sol": source})
    others = {name: _deploy(web3, compiled[name]["abi"], compiled[name]["bytecode"]) for name in CONTENDERS}
    ours = artifact("ColophonFactory")
    return Bench(web3=web3, factory=_deploy(web3, ours.abi, ours.bytecode), others=others)


def _collection(bench: Bench, kind: str) -> Deployed:
    compiled, setup = artifact("ColophonCollection"), _setup(kind, kind)
    if kind not in FUNCTIONS:
        return _deploy(bench.web3, compiled.abi, compiled.bytecode, setup)
    salt = _digest(str(time.monotonic_ns()))
    make, where = FUNCTIONS[kind]
    place = bench.factory.functions[where](setup, [], salt).call()
    _gas(bench.web3, bench.factory.functions[make](setup, [], salt))
    return bench.web3.eth.contract(address=place, abi=compiled.abi)


def _setup(name: str, kind: str) -> tuple[object, ...]:
    sender, to_creator = SENDER.address, kind == "creator's royalty"
    return (name, "BENCH", sender, sender, ATTESTER.address, sender, 500, to_creator, _digest("collection"))


def _plain_mint(bench: Bench) -> int:
    uri = f"ipfs://{raw_cid(_digest('metadata'))}"
    for _ in range(2):
        gas = _gas(bench.web3, bench.others["PlainCollection"].functions.mint(OWNER, uri))
    return gas


def _bare_a(bench: Bench, names: list[str]) -> Deployed:
    return bench.others["HashedERC721A"].functions.mintBare(OWNER, len(names))


def _hashed_a(bench: Bench, names: list[str]) -> Deployed:
    return bench.others["HashedERC721A"].functions.mint(OWNER, [_digest(f"metadata {name}") for name in names])


def _solady(bench: Bench, names: list[str]) -> Deployed:
    hashes = [_digest(f"content {name}") for name in names], [_digest(f"metadata {name}") for name in names]
    return bench.others["HashedSolady"].functions.mint(OWNER, *hashes)


def _attestation(name: str, creator: str) -> Attestation:
    return Attestation(
        pixel_hash=_digest(f"pixels {name}"),
        recipe_hash=_digest(f"recipe {name}"),
        model_hash=_digest("model"),
        creator=creator,
        created_at=int(time.time()),
    )


def _item(name: str, creator: str) -> tuple[object, ...]:
    attestation = _attestation(name, creator)
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


def _creation_gas(web3: Web3, name: str, *arguments: object) -> int:
    compiled = artifact(name)
    creation = web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode).constructor(*arguments)
    return int(web3.eth.wait_for_transaction_receipt(creation.transact())["gasUsed"])


def _gas(web3: Web3, call: Deployed, *, value: int = 0) -> int:
    """What a transaction used. Raises RuntimeError when it reverted."""
    receipt = web3.eth.wait_for_transaction_receipt(call.transact({"value": value}))
    if receipt["status"] != 1:
        raise RuntimeError(f"{call.fn_name} reverted")
    return int(receipt["gasUsed"])


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


if __name__ == "__main__":
    main()
