"""The collection's contract: its Solidity sources, and the compiled artifact that is shipped with the package."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ARTIFACT = FOLDER / "ColophonCollection.json"


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What the compiler made: the interface and the creation bytecode."""

    abi: list[dict[str, Any]]
    bytecode: str


@cache
def collection_artifact() -> Artifact:
    """The committed artifact of `ColophonCollection`; a test recompiles and compares it."""
    content = json.loads(ARTIFACT.read_text())
    return Artifact(abi=content["abi"], bytecode=content["bytecode"])
