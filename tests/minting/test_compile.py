"""The committed artifacts are what the sources compile to."""

from minting.contracts import CONTRACTS, FOLDER
from minting.contracts.compile import artifact_text, compile_own


def test_recompiling_gives_the_committed_artifacts_byte_for_byte() -> None:
    compiled = compile_own()
    for name in CONTRACTS:
        assert artifact_text(compiled[name]) == (FOLDER / f"{name}.json").read_text(), name
