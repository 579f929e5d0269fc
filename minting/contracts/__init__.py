"""The contracts: their Solidity sources, and the compiled artifacts that are shipped with the package."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
CONTRACTS = ("ColophonCollection", "ColophonFactory", "RoyaltySplitter")


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What the compiler made: the interface and the creation bytecode."""

    abi: list[dict[str, Any]]
    bytecode: str


@cache
def artifact(name: str) -> Artifact:
    """The committed artifact of one of `CONTRACTS`; a test recompiles and compares it."""
    content = json.loads((FOLDER / f"{name}.json").read_text())
    return Artifact(abi=content["abi"], bytecode=content["bytecode"])


def collection_artifact() -> Artifact:
    """The committed artifact of `ColophonCollection`."""
    return artifact("ColophonCollection")
