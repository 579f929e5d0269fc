"""Signed records of re-runs: written once, beside the attestation, which stays as it is."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from generation.models import Rerun, RerunRecord, Trajectory, Work
from provenance.attestations import from_document
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from provenance.keys import load_or_create_key
from provenance.merkle import inclusion_proof
from provenance.reruns import AUDIT, REEXECUTION
from provenance.statements import attestation_digest, signed_document

KINDS = {Rerun.Kind.REPRODUCE: REEXECUTION, Rerun.Kind.AUDIT: AUDIT}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a re-run found: the fields of its record that only it knows, and the leaves that it opened."""

    result: str
    fields: dict[str, Any]
    class_there: dict[str, Any]
    class_here: dict[str, Any]
    opened: Sequence[dict[str, Any]] = ()


def write_record(*, rerun: Rerun, finding: Finding, worker: str) -> RerunRecord:
    """Sign and write what was found. The caller's transaction decides whether it counts."""
    now = timezone.now()
    trajectory = Trajectory.objects.filter(work=rerun.work_id).first()
    message = {
        "attestation": to_hex(attestation_digest(from_document(rerun.work.attestation)[0])),
        "classHash": to_hex(canonical_hash(finding.class_here)),
        "sameClass": finding.class_here == finding.class_there,
        "result": finding.result,
        "sameMachine": trajectory is not None and _machine(trajectory.worker) == _machine(worker),
        "madeAt": str(int(now.timestamp())),
        **finding.fields,
    }
    key = load_or_create_key(settings.ATTESTER_KEY_FILE)
    return RerunRecord.objects.create(
        rerun=rerun,
        result=finding.result,
        document=signed_document(KINDS[Rerun.Kind(rerun.kind)], message, private_key=key),
        class_here=finding.class_here,
        opened=list(finding.opened),
        worker=worker[:120],
        made_at=now,
    )


def opened_leaf(leaves: Sequence[bytes], index: int) -> dict[str, Any]:
    """A leaf with its proof, as JSON."""
    return {
        "index": index,
        "leaf": to_hex(leaves[index]),
        "proof": [to_hex(each) for each in inclusion_proof(leaves, index)],
    }


def command_name() -> str:
    """What a command calls itself where workers have their names."""
    return f"{socket.gethostname()}:manage.py"


def _machine(worker: str) -> str:
    """The host in a worker's name, `host:process`."""
    return worker.partition(":")[0]


def records_of(work: Work) -> list[RerunRecord]:
    """All records about a work, the newest first."""
    records = RerunRecord.objects.filter(rerun__work=work).select_related("rerun")
    return list(records.order_by("-made_at", "-rerun_id"))
