"""A recipe followed again as a whole: the signed record says what came out, and changes nothing else."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Person
from generation.models import DiffusionModel, Rerun, RerunRecord, Work
from generation.reproducing import NotReproducible
from generation.reruns.asking import ask_for_rerun
from generation.services import submit_job
from provenance.attestations import from_document
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from provenance.reruns import REEXECUTION
from provenance.statements import attestation_digest, read_document
from tests.generation.reruns.asking import CHECK, REPRODUCE, asked, refused, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_class_gives_the_same_pixels(work: Work) -> None:
    rerun = asked(work, REPRODUCE)
    record = rerun.record
    assert (record.result, record.worker) == ("bit-exact", "second")
    read = read_document(REEXECUTION, record.document)
    assert read.is_genuine
    assert read.message == {
        "attestation": to_hex(attestation_digest(from_document(work.attestation)[0])),
        "classHash": to_hex(canonical_hash(work.recipe["reproducibility_class"])),
        "sameClass": True,
        "renderHash": to_hex(bytes(work.render_hash or b"")),
        "trajectoryRoot": to_hex(bytes(work.trajectory.root)),
        "result": "bit-exact",
        "pdqDistance": "0",
        "psnrHundredths": "10000",
        "sameMachine": False,
        "madeAt": str(int(record.made_at.timestamp())),
    }
    assert (rerun.asked_by, rerun.job and rerun.job.status) == (work.person, "succeeded")


def test_it_makes_no_work_and_touches_no_attestation(work: Work) -> None:
    before = (work.attestation, work.recipe, bytes(work.content_hash))
    asked(work, REPRODUCE)
    again = Work.objects.get()
    assert (again.attestation, again.recipe, bytes(again.content_hash)) == before


def test_the_machine_that_drew_it_is_told_from_another(work: Work) -> None:
    ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    run("first:4711")
    assert RerunRecord.objects.get().document["message"]["sameMachine"] is True


def test_another_class_gives_the_same_picture_within_tolerance(work: Work) -> None:
    DiffusionModel.objects.update(dtype="bfloat16")
    record = asked(work, REPRODUCE).record
    message = record.document["message"]
    assert (record.result, message["sameClass"]) == ("within-tolerance", False)
    assert record.class_here["dtype"] == "bfloat16"
    assert 4500 <= int(message["psnrHundredths"]) < 10_000
    assert int(message["pdqDistance"]) <= 10
    assert message["renderHash"] != to_hex(bytes(work.render_hash or b""))


def test_a_tampered_recipe_gives_another_picture(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(recipe={**work.recipe, "seed": "9"})
    assert asked(work, REPRODUCE).record.result == "differs"


def test_several_records_stand_beside_each_other(work: Work) -> None:
    asked(work, REPRODUCE)
    asked(work, CHECK)
    asked(work, REPRODUCE)
    assert RerunRecord.objects.filter(rerun__work=work).count() == 3


def test_a_record_is_neither_changed_nor_removed(work: Work) -> None:
    record = asked(work, REPRODUCE).record
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RerunRecord.objects.update(result="differs")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        record.delete()
    assert RerunRecord.objects.get().result == "bit-exact"


def test_swapped_weights_are_refused_by_the_worker(work: Work) -> None:
    rerun = ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    DiffusionModel.objects.update(fingerprint="of other files", model_hash=b"\x01" * 32)
    run()
    rerun.refresh_from_db()
    assert refused(rerun) == "not_reproducible"
    assert rerun.job is not None
    assert "have changed since" in rerun.job.error_detail


def test_a_model_that_is_not_here_is_refused_at_once(work: Work) -> None:
    DiffusionModel.objects.update(model_hash=b"\x01" * 32)
    with pytest.raises(NotReproducible, match="are not here"):
        ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    assert not Rerun.objects.exists()


def test_a_private_prompt_stays_private(alice: Person, model: DiffusionModel) -> None:
    submit_job(person=alice, prompt="a secret", seed=1, private_prompt=True)
    run("first")
    rerun = asked(Work.objects.get(), REPRODUCE)
    assert rerun.record.result == "bit-exact"
    assert rerun.job is not None
    assert (rerun.job.prompt, rerun.job.private_prompt) == ("", True)
    assert "secret" not in str(rerun.record.document)
