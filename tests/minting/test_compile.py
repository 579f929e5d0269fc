"""The committed artifact is what the sources compile to."""

from minting.contracts import ARTIFACT
from minting.contracts.compile import artifact_text, compile_collection


def test_recompiling_gives_the_committed_artifact_byte_for_byte() -> None:
    assert artifact_text(compile_collection()) == ARTIFACT.read_text()
