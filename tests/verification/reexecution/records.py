"""Records of re-runs, signed and written without a model."""

from collections.abc import Callable
from typing import Any

from django.conf import settings as django_settings
from django.utils import timezone

from generation.models import Rerun, RerunRecord, Work
from provenance import statements
from provenance.digests import to_hex
from provenance.keys import load_or_create_key
from provenance.merkle import inclusion_proof, tree_root
from provenance.trajectories import chosen_transition

CLASS = {"dtype": "float32", "slots": 1}
LEAVES = [bytes([number]) * 32 for number in range(4)]
NONCE = next(
    number.to_bytes(32)
    for number in range(1000)
    if chosen_transition(root=tree_root(LEAVES), nonce=number.to_bytes(32), leaves=4) == 2
)
Record = Callable[..., RerunRecord]


def digest_of(work: Work) -> str:
    attestation, _, _ = statements_of(work)
    return to_hex(statements.attestation_digest(attestation))


def statements_of(work: Work) -> Any:  # noqa: ANN401 - an attestation and what signed it
    from provenance.attestations import from_document

    return from_document(work.attestation)


def platform_key() -> bytes:
    return load_or_create_key(django_settings.ATTESTER_KEY_FILE)


def written(work: Work, kind: str, document: dict[str, Any], opened: list[dict[str, Any]]) -> RerunRecord:
    return RerunRecord.objects.create(
        rerun=Rerun.objects.create(work=work, kind=kind),
        result=document["message"]["result"],
        document=document,
        class_here=CLASS,
        opened=opened,
        worker="second",
        made_at=timezone.now(),
    )


def leaves_1_and_2() -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "leaf": to_hex(LEAVES[index]),
            "proof": [to_hex(each) for each in inclusion_proof(LEAVES, index)],
        }
        for index in (1, 2)
    ]
