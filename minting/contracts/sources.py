"""What block explorers need to verify our contracts: `python -m minting.contracts.sources FOLDER`, or `make sources`.

The standard JSON input with the text of every source that takes part, libraries included, which compiles to exactly
the committed bytecode; upload it as "Solidity (Standard-Json-Input)". Beside it lies the compiler's metadata, which
Sourcify takes.
"""

import json
import sys
from pathlib import Path
from typing import Any

from minting.contracts import CONTRACTS
from minting.contracts.compile import NODE_MODULES, own_sources, request_for, run_solc

OUTPUTS = ("abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata")


def standard_json() -> dict[str, Any]:
    """The standard JSON input of all our contracts; nothing has to be looked up beside it.

    Raises RuntimeError when node or npm's packages are missing.
    """
    _, _, request = _compiled()
    return request


def bundle() -> dict[str, dict[str, Any]]:
    """By contract: `path:name` as explorers ask for it, compiler version, standard JSON and metadata."""
    version, metadata, request = _compiled()
    return {
        name: {
            "contract": f"minting/contracts/{name}.sol:{name}",
            "compiler": f"v{version.split('.Emscripten')[0]}",
            "standard_json": request,
            "metadata": metadata[name],
        }
        for name in CONTRACTS
    }


def write(folder: Path) -> list[Path]:
    """Write `<contract>.standard.json`, `<contract>.metadata.json` and `<contract>.txt` (what to fill in)."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, parts in bundle().items():
        texts = {
            f"{name}.standard.json": json.dumps(parts["standard_json"], indent=1),
            f"{name}.metadata.json": json.dumps(parts["metadata"], indent=1),
            f"{name}.txt": f"contract {parts['contract']}\ncompiler {parts['compiler']}\n",
        }
        for file, text in texts.items():
            (folder / file).write_text(text)
            written.append(folder / file)
    return written


def _compiled() -> tuple[str, dict[str, dict[str, Any]], dict[str, Any]]:
    """The compiler's version, each contract's metadata, and the input with every source that they name."""
    own = own_sources()
    answer = run_solc(request_for(own, ["metadata"], CONTRACTS))
    contracts = answer["output"]["contracts"]
    metadata = {name: json.loads(contracts[f"minting/contracts/{name}.sol"][name]["metadata"]) for name in CONTRACTS}
    paths = sorted({path for found in metadata.values() for path in found["sources"]})
    texts = {path: own[path] if path in own else (NODE_MODULES / path).read_text() for path in paths}
    return answer["version"], metadata, request_for(texts, OUTPUTS)


if __name__ == "__main__":
    for path in write(Path(sys.argv[1])):
        print(path)
