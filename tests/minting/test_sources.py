"""What explorers get compiles, by itself, to the committed bytecode."""

from minting.contracts import CONTRACTS, artifact
from minting.contracts.compile import run_solc
from minting.contracts.sources import bundle


def test_the_standard_json_needs_nothing_else_and_gives_the_committed_bytecode() -> None:
    parts = bundle()
    answer = run_solc(parts["ColophonFactory"]["standard_json"], imports=False)
    for name in CONTRACTS:
        path, contract = parts[name]["contract"].split(":")
        compiled = answer["output"]["contracts"][path][contract]
        assert "0x" + compiled["evm"]["bytecode"]["object"] == artifact(name).bytecode
        assert parts[name]["compiler"].startswith("v0.8.37+commit.")
