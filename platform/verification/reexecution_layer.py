"""The layer of re-runs: has anybody followed the recipe again, whole or a step of it, and what came out?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from generation.models import Rerun, RerunRecord, Trajectory, Work
from generation.reruns.records import KINDS, records_of
from generation.reruns.showing import shown
from provenance.attestations import Attestation, from_document
from provenance.canonical import canonical_hash
from provenance.digests import from_hex, to_hex
from provenance.merkle import proof_holds
from provenance.statements import Signed, attestation_digest, read_document
from provenance.trajectories import TRAJECTORY, chosen_transition
from verification.attesters import standing_of
from verification.evidence import Evidence
from verification.reports import Layer, State, plain_date

Fault = Literal["malformed", "signature_wrong", "signer_not_ours", "of_something_else", "proof_wrong"]
SAID = "That is what the platform signed; whoever has the model can run the recipe and see."
MOST_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A record, and what is wrong with it, if anything."""

    record: RerunRecord
    fault: Fault | None


def reexecution_layer(evidence: Evidence) -> Layer:
    """What do the records about this work show, those that hold themselves?"""
    work = evidence.work or evidence.copied
    records = [] if work is None else records_of(work)
    if work is None or not records:
        return Layer(
            name="reexecution",
            state="cannot_be_told",
            code="never_run_again",
            sentence="Nobody has run the recipe again here, so that the model made these pixels is only said.",
        )
    checked = [Checked(record=record, fault=fault_of(record, work=work)) for record in records]
    state, code, sentence = _judge(checked)
    return Layer(
        name="reexecution",
        state=state,
        code=code,
        sentence=sentence,
        facts={"records": [_facts(each) for each in checked[:MOST_TOLD]], "count": len(checked)},
    )


def _judge(checked: list[Checked]) -> tuple[State, str, str]:
    faulty = [each for each in checked if each.fault is not None]
    if faulty:
        return (
            "does_not_hold",
            "reexecution_record_faulty",
            f"{len(faulty)} of {len(checked)} records of re-runs are not what they claim to be; see each below.",
        )
    for result, state, code in (
        (RerunRecord.Result.DIFFERS, "does_not_hold", "reexecution_differs"),
        (RerunRecord.Result.BIT_EXACT, "holds", "reexecution_bit_exact"),
        (RerunRecord.Result.WITHIN_TOLERANCE, "holds", "reexecution_within_tolerance"),
    ):
        # A whole re-run says more than one step.
        fitting = sorted(
            (each.record for each in checked if each.record.result == result),
            key=lambda record: record.rerun.kind == Rerun.Kind.AUDIT,
        )
        if fitting:
            told = f"{shown(fitting[0]).sentence} Signed on {plain_date(fitting[0].made_at)}. {SAID}"
            return state, code, told  # type: ignore[return-value] # one of State
    raise AssertionError("a record has one of three results")


def fault_of(record: RerunRecord, *, work: Work) -> Fault | None:
    """What is wrong with a record of this work; None when it holds.

    Its signature, whose key that is, whether it is about this attestation, and for an audit whether the nonce chose
    that step and the opened leaves lie under the root that was signed when the picture was published.
    """
    try:
        attestation, _, _ = from_document(work.attestation)
        signed = read_document(KINDS[Rerun.Kind(record.rerun.kind)], record.document)
    except ValueError:
        return "malformed"
    if not signed.is_genuine:
        return "signature_wrong"
    made_at = int(signed.message["madeAt"])
    if standing_of(signed.signer, created_at=made_at).standing not in {"current", "former"}:
        return "signer_not_ours"
    if not _is_about(signed, attestation, record):
        return "of_something_else"
    if record.rerun.kind == Rerun.Kind.AUDIT and not _opens_what_was_committed_to(signed.message, work, record):
        return "proof_wrong"
    return None


def _is_about(signed: Signed, attestation: Attestation, record: RerunRecord) -> bool:
    message = signed.message
    return bool(
        message["attestation"] == to_hex(attestation_digest(attestation))
        and message["result"] == record.result
        and message["classHash"] == to_hex(canonical_hash(record.class_here))
    )


def _opens_what_was_committed_to(message: Mapping[str, Any], work: Work, record: RerunRecord) -> bool:
    trajectory = Trajectory.objects.filter(work=work).first()
    if trajectory is None:
        return False
    try:
        committed = read_document(TRAJECTORY, trajectory.document)
    except ValueError:
        return False
    root, leaves = committed.message["root"], int(committed.message["leaves"])
    if (
        not committed.is_genuine
        or committed.message["attestation"] != message["attestation"]
        or (message["trajectoryRoot"], int(message["leaves"])) != (root, leaves)
    ):
        return False
    chosen = chosen_transition(root=from_hex(root), nonce=from_hex(message["nonce"]), leaves=leaves)
    if int(message["transition"]) != chosen:
        return False
    # Of latents that were tampered with there is no proof; that they differ is what the record says.
    return record.result == RerunRecord.Result.DIFFERS or _proofs_hold(message, record.opened, chosen)


def _proofs_hold(message: Mapping[str, Any], opened: list[Mapping[str, Any]], chosen: int) -> bool:
    root, leaves = from_hex(message["trajectoryRoot"]), int(message["leaves"])
    wanted = [index for index in (chosen - 1, chosen) if 0 <= index < leaves]
    try:
        found = {int(each["index"]): from_hex(each["leaf"]) for each in opened}
        ways = {int(each["index"]): [from_hex(part) for part in each["proof"]] for each in opened}
    except (KeyError, TypeError, ValueError):
        return False
    if sorted(found) != wanted or (chosen < leaves and to_hex(found[chosen]) != message["expected"]):
        return False
    return all(
        proof_holds(root=root, count=leaves, index=index, leaf=leaf, proof=ways[index])
        for index, leaf in found.items()
    )


def _facts(checked: Checked) -> dict[str, Any]:
    record = checked.record
    return {
        "kind": record.rerun.kind,
        "result": record.result,
        "fault": checked.fault,
        "made_at": record.made_at.isoformat(timespec="seconds"),
        "message": record.document.get("message") if isinstance(record.document, dict) else None,
    }
