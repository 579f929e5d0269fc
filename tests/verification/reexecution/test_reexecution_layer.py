"""The layer of re-runs: each record is checked by itself, and a false one never speaks for a work."""

from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Person
from generation.models import Trajectory, Work
from provenance.digests import to_hex
from tests.verification.conftest import MakeFile, MakeWork
from tests.verification.reexecution.records import Record, digest_of, leaves_1_and_2
from verification.reports import Layer
from verification.services import verify_content_hash


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


def test_the_command_says_the_layer(work: Work, reproduced: Record, capsys: pytest.CaptureFixture[str]) -> None:
    reproduced()
    assert Person.objects.exists()
    call_command("verify", to_hex(bytes(work.content_hash)))
    assert (
        "holds           reexecution   The recipe was run again and gave the same pixels" in capsys.readouterr().out
    )
