"""A work that committed to a trajectory, and records about it."""

from typing import Any

import pytest

from generation.models import RerunRecord, Trajectory, Work
from provenance import statements
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from provenance.merkle import tree_root
from provenance.reruns import AUDIT, REEXECUTION
from provenance.trajectories import TRAJECTORY
from tests.verification.reexecution.records import (
    CLASS,
    LEAVES,
    NONCE,
    Record,
    digest_of,
    leaves_1_and_2,
    platform_key,
    written,
)


@pytest.fixture
def committed(work: Work) -> Trajectory:
    message = {
        "attestation": digest_of(work),
        "renderHash": to_hex(bytes(work.pixel_hash)),
        "root": to_hex(tree_root(LEAVES)),
        "leaves": "4",
    }
    return Trajectory.objects.create(
        work=work,
        root=tree_root(LEAVES),
        leaves=4,
        document=statements.signed_document(TRAJECTORY, message, private_key=platform_key()),
        worker="first",
    )


@pytest.fixture
def reproduced(work: Work) -> Record:
    """Write a record of a whole re-run, with what the test changes, signed by the platform's key or another."""

    def write(*, key: bytes | None = None, tamper: dict[str, Any] | None = None, **changes: str) -> RerunRecord:
        message = {
            "attestation": digest_of(work),
            "classHash": to_hex(canonical_hash(CLASS)),
            "sameClass": True,
            "renderHash": to_hex(bytes(work.pixel_hash)),
            "trajectoryRoot": to_hex(tree_root(LEAVES)),
            "result": "bit-exact",
            "pdqDistance": "0",
            "psnrHundredths": "10000",
            "sameMachine": False,
            "madeAt": "1795350000",
            **changes,
        }
        document = statements.signed_document(REEXECUTION, message, private_key=key or platform_key())
        document["message"] |= tamper or {}
        return written(work, "reproduce", document, [])

    return write


@pytest.fixture
def audited(work: Work, committed: Trajectory) -> Record:
    """Likewise, of the one step that NONCE chooses: from leaf 1 to leaf 2."""

    def write(*, opened: list[dict[str, Any]] | None = None, **changes: str) -> RerunRecord:
        message = {
            "attestation": digest_of(work),
            "classHash": to_hex(canonical_hash(CLASS)),
            "sameClass": True,
            "trajectoryRoot": to_hex(tree_root(LEAVES)),
            "leaves": "4",
            "nonce": to_hex(NONCE),
            "transition": "2",
            "expected": to_hex(LEAVES[2]),
            "found": to_hex(LEAVES[2]),
            "result": "bit-exact",
            "errorBillionths": "0",
            "sameMachine": False,
            "madeAt": "1795350000",
            **changes,
        }
        document = statements.signed_document(AUDIT, message, private_key=platform_key())
        return written(work, "audit", document, leaves_1_and_2() if opened is None else opened)

    return write
