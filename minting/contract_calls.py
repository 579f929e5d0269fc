"""Calls of the contracts as bytes, and their errors in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_typing import HexAddress, HexStr
from eth_utils.abi import abi_to_signature, event_abi_to_log_topic, function_abi_to_4byte_selector
from eth_utils.crypto import keccak

from minting.contracts import CONTRACTS, artifact
from minting.contracts.mint_item import mint_item
from minting.models import Mint
from provenance import attestations

COLLECTION = "ColophonCollection"
FACTORY = "ColophonFactory"
SPLITTER = "RoyaltySplitter"

PANIC = bytes.fromhex("4e487b71")
ERROR = bytes.fromhex("08c379a0")


@dataclass(frozen=True, kw_only=True)
class ContractError:
    """A revert of the contract: the name of its custom error and the arguments."""

    name: str
    arguments: tuple[object, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"


def mint_call(mint: Mint) -> bytes:
    """Calldata that mints a Mint's work alone. Raises ValueError when the attestation cannot be read."""
    royalty = mint.own_royalty()
    return call("mint", _item(mint)) if royalty is None else call("mintWithRoyalty", _item(mint), royalty)


def mint_batch_call(mints: Sequence[Mint]) -> bytes:
    """Calldata that mints several in this order; all have the same royalty. Raises like `mint_call`."""
    items, royalty = [_item(mint) for mint in mints], mints[0].own_royalty()
    return call("mintBatch", items) if royalty is None else call("mintBatchWithRoyalty", items, royalty)


def _item(mint: Mint) -> tuple[object, ...]:
    attestation, signature, _ = attestations.from_document(mint.work.attestation)
    return mint_item(
        content_hash=bytes(mint.work.content_hash),
        metadata_hash=bytes(mint.metadata_file.sha256),
        to=mint.to,
        attestation=attestation,
        signature=signature,
    )


def call(function: str, *arguments: object, of: str = COLLECTION) -> bytes:
    """Selector and ABI-encoded arguments of one of a contract's functions."""
    abi = _abi(of, "function", function)
    return function_abi_to_4byte_selector(abi) + encode([canonical_type(item) for item in abi["inputs"]], arguments)


def selector(function: str, *, of: str = COLLECTION) -> bytes:
    """The four bytes that a call of a contract's function begins with."""
    return function_abi_to_4byte_selector(_abi(of, "function", function))


def result(function: str, data: bytes, *, of: str = COLLECTION) -> Any:  # noqa: ANN401 - the function's own return type
    """The single return value of a function, decoded."""
    (value,) = results(function, data, of=of)
    return value


def results(function: str, data: bytes, *, of: str = COLLECTION) -> tuple[Any, ...]:
    """The return values of a function, decoded."""
    return tuple(decode([canonical_type(item) for item in _abi(of, "function", function)["outputs"]], data))


def event_topic(event: str, *, of: str = COLLECTION) -> bytes:
    """Topic 0 of one of a contract's events."""
    return event_abi_to_log_topic(_abi(of, "event", event))


def deployment(*arguments: object, of: str = COLLECTION) -> bytes:
    """Creation bytecode and constructor arguments."""
    compiled = artifact(of)
    constructor = next(item for item in compiled.abi if item["type"] == "constructor")
    encoded = encode([canonical_type(item) for item in constructor["inputs"]], arguments)
    return bytes.fromhex(compiled.bytecode.removeprefix("0x")) + encoded


def deployed_address(*, deployer: str, nonce: int) -> str:
    """Where a contract comes to stand: the address follows from the deployer and its nonce."""
    # Imported here because it costs the web process half a second of its start (law 6).
    from web3.types import Nonce
    from web3.utils import get_create_address

    return str(get_create_address(HexAddress(HexStr(deployer)), Nonce(nonce)))


def decode_error(data: str | None) -> ContractError | None:
    """The custom error in revert data; None when there is none, or it is not one of the contracts'."""
    if not data or len(data) < 10:
        return None
    try:
        binary = bytes.fromhex(data.removeprefix("0x"))
        name, types = _errors()[binary[:4]]
        return ContractError(name=name, arguments=decode(types, binary[4:]))
    except (KeyError, ValueError, DecodingError):
        # Any contract, and any node, may put there what it likes.
        return None


@cache
def _errors() -> dict[bytes, tuple[str, list[str]]]:
    """Name and types by selector: the contracts' own, and Solidity's for `require` and for its own checks."""
    found = [item for name in CONTRACTS for item in artifact(name).abi if item["type"] == "error"]
    own = {
        keccak(text=abi_to_signature(item))[:4]: (item["name"], [canonical_type(part) for part in item["inputs"]])  # type: ignore[arg-type] # ABI JSON
        for item in found
    }
    return own | {ERROR: ("Error", ["string"]), PANIC: ("Panic", ["uint256"])}


@cache
def _abi(contract: str, kind: str, name: str) -> Any:  # noqa: ANN401 - ABI JSON
    return next(item for item in artifact(contract).abi if item["type"] == kind and item.get("name") == name)


def canonical_type(item: Mapping[str, Any]) -> str:
    """The canonical ABI type; a struct becomes a tuple."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(canonical_type(part) for part in item["components"]) + ")" + kind.removeprefix("tuple")
