"""One certificate chain for all tests of a file."""

from pathlib import Path

import pytest

from provenance.certificates import ClaimSigner, load_or_create_anchors, load_or_create_signer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "c2pa"


@pytest.fixture(scope="module")
def signer(folder: Path) -> ClaimSigner:
    return load_or_create_signer(folder)


@pytest.fixture(scope="module")
def anchors(folder: Path) -> str:
    return load_or_create_anchors(folder)
