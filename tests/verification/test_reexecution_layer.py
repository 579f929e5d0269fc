"""The layer of re-runs: each record is checked by itself, and a false one never speaks for a work."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import Person
from generation.models import Rerun, RerunRecord, Trajectory, Work
from provenance import statements
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from provenance.keys import load_or_create_key
from provenance.merkle import inclusion_proof, tree_root
from provenance.reruns import AUDIT, REEXECUTION
from provenance.trajectories import TRAJECTORY, chosen_transition
from tests.verification.conftest import MakeFile, MakeWork
from verification.bundle import verify
from verification.reports import Layer
from verification.services import verify_content_hash

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


def leaves_1_and_2() -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "leaf": to_hex(LEAVES[index]),
            "proof": [to_hex(each) for each in inclusion_proof(LEAVES, index)],
        }
        for index in (1, 2)
    ]


def layer(work: Work) -> Layer:
    report = verify_content_hash(bytes(work.content_hash))
    return next(each for each in report.layers if each.name == "reexecution")


def fault(work: Work) -> str | None:
    """What is wrong with the newest record; a faulty one makes the layer not hold."""
    found = layer(work)
    told: str | None = found.facts["records"][0]["fault"]
    assert (found.state == "does_not_hold") == (told is not None)
    return told


def test_without_a_record_nothing_can_be_told(work: Work) -> None:
    found = layer(work)
    assert (found.state, found.code) == ("cannot_be_told", "never_run_again")


@pytest.mark.parametrize(
    ("result", "state", "code"),
    [
        ("bit-exact", "holds", "reexecution_bit_exact"),
        ("within-tolerance", "holds", "reexecution_within_tolerance"),
        ("differs", "does_not_hold", "reexecution_differs"),
    ],
)
def test_each_result_has_its_state(work: Work, reproduced: Record, result: str, state: str, code: str) -> None:
    reproduced(result=result)
    found = layer(work)
    assert (found.state, found.code) == (state, code)
    assert found.facts["records"][0]["message"]["result"] == result


def test_one_that_differs_is_not_outvoted(work: Work, reproduced: Record) -> None:
    reproduced(result="differs")
    reproduced()
    assert layer(work).code == "reexecution_differs"
    assert "see reexecution below" in verify_content_hash(bytes(work.content_hash)).sentence


def test_an_audit_speaks_of_one_step(work: Work, audited: Record) -> None:
    audited()
    found = layer(work)
    assert (found.state, found.code) == ("holds", "reexecution_bit_exact")
    assert found.sentence.startswith("Step 3 of 4, chosen by chance, was run again and gave exactly")


def test_a_changed_record_is_not_what_was_signed(work: Work, reproduced: Record) -> None:
    reproduced(tamper={"pdqDistance": "7"})
    assert fault(work) == "signature_wrong"


def test_a_record_signed_by_a_strangers_key_is_not_ours(work: Work, reproduced: Record) -> None:
    reproduced(key=b"\x77" * 32)
    assert fault(work) == "signer_not_ours"


def test_a_record_of_another_work_is_not_this_ones(
    work: Work, reproduced: Record, make_file: MakeFile, record: MakeWork
) -> None:
    other = record(make_file(seed=8))
    reproduced(attestation=digest_of(other))
    assert fault(work) == "of_something_else"


def test_what_is_no_record_is_malformed(work: Work, reproduced: Record) -> None:
    reproduced(tamper={"more": "than was signed"})
    assert fault(work) == "malformed"


def test_a_leaf_that_is_not_under_the_root_does_not_pass(work: Work, audited: Record) -> None:
    opened = leaves_1_and_2()
    opened[0]["leaf"] = to_hex(b"\x99" * 32)
    audited(opened=opened)
    assert fault(work) == "proof_wrong"


@pytest.mark.parametrize(
    "changed", [[], leaves_1_and_2()[:1], [{"index": 1}], [{**leaves_1_and_2()[0], "proof": []}]]
)
def test_leaves_that_are_missing_do_not_pass(work: Work, audited: Record, changed: list[dict[str, Any]]) -> None:
    audited(opened=changed)
    assert fault(work) == "proof_wrong"


def test_a_step_that_chance_did_not_choose_does_not_pass(work: Work, audited: Record) -> None:
    audited(transition="1")
    assert fault(work) == "proof_wrong"


def test_another_trajectory_than_was_committed_to_does_not_pass(work: Work, audited: Record) -> None:
    audited(trajectoryRoot="0x" + "55" * 32)
    assert fault(work) == "proof_wrong"


def test_a_forged_commitment_does_not_pass(work: Work, audited: Record, committed: Trajectory) -> None:
    audited()
    document = {**committed.document, "message": {**committed.document["message"], "renderHash": "0x" + "55" * 32}}
    Trajectory.objects.filter(pk=committed.pk).update(document=document)
    assert fault(work) == "proof_wrong"


# The export's own verifier.


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[], Path]:
    def export() -> Path:
        call_command("export", str(tmp_path / "export.zip"))
        with zipfile.ZipFile(tmp_path / "export.zip") as archive:
            archive.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked/colophon-export"

    return export


def checked(folder: Path) -> tuple[int, str]:
    line = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_records_are_exported_and_checked_without_any_package(
    work: Work, reproduced: Record, audited: Record, exported: Callable[[], Path]
) -> None:
    reproduced()
    audited()
    status, text = checked(exported())
    assert status == 0, text
    lines = [" ".join(line.split()[:2]) for line in text.splitlines() if line.startswith("  holds")]
    assert lines[6:] == ["holds trajectory", *["holds re-run"] * 4, "holds audit"]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("rerun-1.json", '"pdqDistance": "0"', '"pdqDistance": "1"', "FAILS    re-run"),
        ("rerun-1.json", '"slots": 1', '"slots": 2', "FAILS    re-run"),
        ("rerun-2.json", to_hex(LEAVES[1]), to_hex(LEAVES[3]), "FAILS    audit"),
        ("trajectory.json", '"leaves": "4"', '"leaves": "5"', "FAILS    trajectory"),
    ],
)
def test_a_changed_record_fails_in_an_export(
    work: Work, reproduced: Record, audited: Record, exported: Callable[[], Path],
    name: str, old: str, new: str, said: str,
) -> None:  # fmt: skip
    reproduced()
    audited()
    folder = exported()
    (path,) = folder.glob(f"works/*/{name}")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    status, text = checked(folder)
    assert status == 1
    assert said in text


def test_a_record_of_another_work_fails_in_an_export(
    work: Work, reproduced: Record, make_file: MakeFile, record: MakeWork, exported: Callable[[], Path]
) -> None:
    reproduced(attestation=digest_of(record(make_file(seed=8))))
    status, text = checked(exported())
    assert status == 1
    assert "it is about another attestation" in text


HASHES = st.binary(min_size=32, max_size=32).map(to_hex)
VALUES = {
    "bytes32": HASHES,
    "uint32": st.integers(0, 2**32 - 1).map(str),
    "uint64": st.integers(0, 2**64 - 1).map(str),
    "bool": st.booleans(),
    "string": st.text(max_size=20),
}


@examples(max_examples=10, deadline=None)
@given(st.sampled_from([TRAJECTORY, REEXECUTION, AUDIT]), st.data())
def test_the_verifiers_own_types_agree_with_the_platforms(kind: statements.Kind, data: st.DataObject) -> None:
    message = {name: data.draw(VALUES[solidity]) for name, solidity in kind.fields}
    document = statements.signed_document(kind, message, private_key=b"\x42" * 32)
    signature = bytes.fromhex(document["signature"][2:])
    assert verify.recover(verify.statement_digest(kind.name, message), signature) == document["attester"].lower()


def test_the_class_of_a_record_is_hashed_alike_on_both_sides() -> None:
    canonical = json.dumps(CLASS, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).digest() == canonical_hash(CLASS)


def test_the_command_says_the_layer(work: Work, reproduced: Record, capsys: pytest.CaptureFixture[str]) -> None:
    reproduced()
    assert Person.objects.exists()
    call_command("verify", to_hex(bytes(work.content_hash)))
    assert (
        "holds           reexecution   The recipe was run again and gave the same pixels" in capsys.readouterr().out
    )
