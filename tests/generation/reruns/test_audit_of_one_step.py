"""One step, chosen by chance, is run again from the latents that were committed to."""

from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage

from accounts.models import Person
from api.errors import InvalidInput
from generation.models import DiffusionModel, Rerun, Trajectory, Work
from generation.reruns.asking import NotAuditable, ask_for_rerun
from generation.reruns.latents import kept_latents, packed
from generation.services import submit_job
from provenance.digests import from_hex, to_hex
from provenance.keys import load_or_create_key
from provenance.merkle import proof_holds
from provenance.reruns import AUDIT
from provenance.statements import read_document, signed_document
from provenance.trajectories import TRAJECTORY
from tests.generation.reruns.asking import (
    CHECK,
    REPRODUCE,
    STEPS,
    asked,
    asked_without_record,
    nonce_for,
    refused,
    run,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("transition", range(STEPS + 1))
def test_each_transition_is_run_again_and_opened_with_proofs(work: Work, transition: int) -> None:
    nonce = nonce_for(work, transition)
    record = asked(work, CHECK, nonce=nonce).record
    read = read_document(AUDIT, record.document)
    assert read.is_genuine
    message = read.message
    assert (message["result"], message["errorBillionths"]) == ("bit-exact", "0")
    assert (message["transition"], message["nonce"]) == (str(transition), to_hex(nonce))
    assert message["expected"] == message["found"]
    assert [each["index"] for each in record.opened] == [
        index for index in (transition - 1, transition) if 0 <= index < STEPS
    ]
    root = from_hex(message["trajectoryRoot"])
    for each in record.opened:
        leaf, proof = from_hex(each["leaf"]), [from_hex(part) for part in each["proof"]]
        assert proof_holds(root=root, count=STEPS, index=each["index"], leaf=leaf, proof=proof)


def test_without_a_nonce_one_is_drawn_after_the_fact(work: Work) -> None:
    first, second = asked(work, CHECK), asked(work, CHECK)
    assert bytes(first.nonce or b"") != bytes(second.nonce or b"")
    assert (first.nonce_is_theirs, first.record.result, second.record.result) == (False, "bit-exact", "bit-exact")


def test_a_tampered_leaf_differs(work: Work) -> None:
    trajectory = work.trajectory
    latents = kept_latents(trajectory)
    assert latents is not None
    latents[1] = latents[1][:-4] + b"\x00\x00\x80\x3f"
    Path(default_storage.path(trajectory.path)).write_bytes(packed(latents))
    record = asked(work, CHECK).record
    message = record.document["message"]
    assert (record.result, message["found"], message["errorBillionths"]) == ("differs", "0x" + "00" * 32, str(10**12))


def test_a_trajectory_of_another_recipe_differs(alice: Person, model: DiffusionModel) -> None:
    """The whole trajectory is consistent, but of other words: some step of it cannot come from this recipe."""
    for prompt in ("a sun", "a moon over the sea"):
        submit_job(person=alice, prompt=prompt, seed=1, steps=STEPS)
        run("first")
    work, other = Work.objects.order_by("created_at")
    theirs = Trajectory.objects.get(work=other)
    message = {**work.trajectory.document["message"], "root": to_hex(bytes(theirs.root))}
    forged = signed_document(TRAJECTORY, message, private_key=load_or_create_key(configured.ATTESTER_KEY_FILE))
    Trajectory.objects.filter(work=work).update(root=theirs.root, path=theirs.path, document=forged)
    record = asked(work, CHECK, nonce=nonce_for(work, 1)).record
    message = record.document["message"]
    assert record.result == "differs"
    assert int(message["errorBillionths"]) > 100_000


def test_a_commitment_that_was_not_signed_is_refused(work: Work) -> None:
    document = {**work.trajectory.document, "message": {**work.trajectory.document["message"], "leaves": "2"}}
    Trajectory.objects.update(document=document)
    rerun = ask_for_rerun(person=work.person, work=work, kind=CHECK)
    run()
    rerun.refresh_from_db()
    assert refused(rerun) == "not_auditable"


def test_another_number_of_steps_differs(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(recipe={**work.recipe, "steps": STEPS + 2})
    record = asked(work, CHECK, nonce=nonce_for(work, 0)).record
    assert (record.result, record.document["message"]["found"]) == ("differs", "0x" + "00" * 32)


def test_a_class_with_no_tolerance_is_refused(work: Work) -> None:
    DiffusionModel.objects.update(dtype="bfloat16")
    rerun = asked_without_record(work, nonce_for(work, 1))
    assert refused(rerun) == "not_reproducible"
    assert rerun.job is not None
    assert "nothing can be told" in rerun.job.error_detail


def test_another_class_with_a_tolerance_is_told_from_equal(work: Work) -> None:
    """fp32 with its convolutions laid out in another order: the same numbers but for the last bits."""
    DiffusionModel.objects.update(attention="sliced", channels_last=True)
    record = asked(work, CHECK, nonce=nonce_for(work, 1)).record
    message = record.document["message"]
    assert message["sameClass"] is False
    assert record.result in {"bit-exact", "within-tolerance"}
    assert int(message["errorBillionths"]) <= 100_000


def test_latents_that_are_gone_cannot_be_audited(work: Work) -> None:
    Trajectory.objects.update(path="")
    with pytest.raises(NotAuditable, match="not kept any more"):
        ask_for_rerun(person=work.person, work=Work.objects.get(), kind=CHECK)
    assert not Rerun.objects.exists()


def test_a_work_from_before_trajectories_cannot_be_audited(work: Work) -> None:
    Trajectory.objects.all().delete()
    with pytest.raises(NotAuditable, match="no trajectory was committed to"):
        ask_for_rerun(person=work.person, work=Work.objects.get(), kind=CHECK)


def test_a_nonce_of_another_length_is_refused(work: Work) -> None:
    with pytest.raises(InvalidInput, match="32 bytes"):
        ask_for_rerun(person=work.person, work=work, kind=CHECK, nonce=b"short")
    with pytest.raises(InvalidInput, match="audit"):
        ask_for_rerun(person=work.person, work=work, kind=REPRODUCE, nonce=b"n" * 32)
    assert not Rerun.objects.exists()
