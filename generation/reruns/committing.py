"""Committing to a picture's trajectory when it is published, before anybody can know which step will be opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from generation.models import Trajectory, Work
from generation.reruns.latents import keep_latents
from provenance.attestations import from_document
from provenance.digests import to_hex
from provenance.keys import load_or_create_key
from provenance.merkle import tree_root
from provenance.statements import attestation_digest, signed_document
from provenance.trajectories import TRAJECTORY, leaf_hashes


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """A picture's trajectory root and the signed statement about it, which goes into the file, too."""

    root: bytes
    leaves: int
    document: dict[str, Any]


def commit_to(latents: Sequence[bytes], *, attestation: dict[str, Any], render_hash: bytes) -> Commitment | None:
    """Sign the root over these latents for the picture of this attestation; None when the engine gave none."""
    if not latents:
        return None
    root = tree_root(leaf_hashes(latents))
    message = {
        "attestation": to_hex(attestation_digest(from_document(attestation)[0])),
        "renderHash": to_hex(render_hash),
        "root": to_hex(root),
        "leaves": str(len(latents)),
    }
    document = signed_document(TRAJECTORY, message, private_key=load_or_create_key(settings.ATTESTER_KEY_FILE))
    return Commitment(root=root, leaves=len(latents), document=document)


def note_trajectory(work: Work, commitment: Commitment | None, *, latents: Sequence[bytes], worker: str) -> None:
    """Write down what a new work committed to, and keep its latents. Part of the transaction that makes the work."""
    if commitment is None:
        return
    path, size = keep_latents(latents)
    Trajectory.objects.create(
        work=work,
        root=commitment.root,
        leaves=commitment.leaves,
        document=commitment.document,
        worker=worker,
        path=path,
        size=size,
    )
