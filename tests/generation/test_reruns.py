"""Works are run again by a worker of the queue, and each result has a signed record of its own."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from pytest_django import Settings

from accounts.models import Person
from api.errors import Forbidden, InvalidInput
from generation.errors import TooManyJobs
from generation.models import DiffusionModel, Job, Rerun, RerunRecord, StoredFile, Trajectory, Work
from generation.reproducing import NotReproducible
from generation.reruns.asking import NotAuditable, RerunUnderWay, ask_for_rerun
from generation.reruns.latents import drop_old_latents, kept_latents, packed
from generation.services import cancel_job, submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from provenance import credentials
from provenance.attestations import from_document
from provenance.canonical import canonical_hash
from provenance.certificates import load_or_create_anchors
from provenance.digests import from_hex, to_hex
from provenance.keys import load_or_create_key
from provenance.merkle import proof_holds, tree_root
from provenance.reruns import AUDIT, REEXECUTION
from provenance.statements import attestation_digest, read_document, signed_document
from provenance.trajectories import TRAJECTORY, chosen_transition, leaf_hashes

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 3
REPRODUCE, CHECK = Rerun.Kind.REPRODUCE, Rerun.Kind.AUDIT


def run(worker: str = "second", stopping: Any = lambda: False) -> int:  # noqa: ANN401 - a function
    return run_waiting_jobs(worker=worker, stopping=stopping)


@pytest.fixture
def work(alice: Person, model: DiffusionModel) -> Work:
    submit_job(person=alice, prompt="a sun", seed=1, steps=STEPS)
    assert run("first") == 1
    return Work.objects.get()


def asked(work: Work, kind: Rerun.Kind, *, nonce: bytes | None = None) -> Rerun:
    """Ask as the maker, let a worker run it; the re-run as it is then."""
    rerun = ask_for_rerun(person=work.person, work=work, kind=kind, nonce=nonce)
    assert run() == 1
    return Rerun.objects.select_related("job", "record").get(pk=rerun.pk)


def nonce_for(work: Work, transition: int) -> bytes:
    """A nonce that chooses this transition."""
    trajectory = Trajectory.objects.get(work=work)
    root, leaves = bytes(trajectory.root), trajectory.leaves
    nonces = (number.to_bytes(32) for number in range(10_000))
    return next(each for each in nonces if chosen_transition(root=root, nonce=each, leaves=leaves) == transition)


def refused(rerun: Rerun) -> str:
    """The code that a re-run failed with; it left no record."""
    assert rerun.job is not None
    assert rerun.job.status == Job.Status.FAILED
    assert not RerunRecord.objects.exists()
    return rerun.job.error_code


# What a picture commits to.


def test_a_work_commits_to_its_trajectory_in_row_and_file(work: Work) -> None:
    trajectory = work.trajectory
    latents = kept_latents(trajectory)
    assert latents is not None
    assert len(latents) == trajectory.leaves == STEPS
    assert tree_root(leaf_hashes(latents)) == bytes(trajectory.root)
    read = read_document(TRAJECTORY, trajectory.document)
    assert read.is_genuine
    assert read.attester == work.attestation["attester"]
    assert read.message == {
        "attestation": to_hex(attestation_digest(from_document(work.attestation)[0])),
        "renderHash": to_hex(bytes(work.render_hash or b"")),
        "root": to_hex(bytes(trajectory.root)),
        "leaves": str(STEPS),
    }
    anchors = load_or_create_anchors(configured.C2PA_DIR)
    report = credentials.read(read_bytes(work.file), media_type="image/png", anchors_pem=anchors)
    assert report.note is not None
    assert report.note["trajectory"] == trajectory.document


def test_pictures_of_one_job_commit_each_to_their_own(alice: Person, model: DiffusionModel) -> None:
    submit_job(person=alice, prompt="a sun", seed=1, count=2)
    run()
    assert len(set(map(bytes, Trajectory.objects.values_list("root", flat=True)))) == 2


def test_latents_are_reached_by_no_address(work: Work) -> None:
    assert work.trajectory.path
    assert not StoredFile.objects.filter(path=work.trajectory.path).exists()


def test_latents_that_are_too_many_are_not_kept(alice: Person, model: DiffusionModel, settings: Settings) -> None:
    settings.TRAJECTORY_MAX_BYTES = 100
    submit_job(person=alice, prompt="a sun", seed=1)
    run()
    trajectory = Trajectory.objects.get()
    assert (trajectory.path, trajectory.size, trajectory.leaves) == ("", 0, STEPS)


def test_old_latents_are_dropped_and_the_root_stays(work: Work, settings: Settings) -> None:
    path = work.trajectory.path
    assert drop_old_latents() == 0
    settings.TRAJECTORY_DAYS = 0
    assert drop_old_latents() == 1
    assert not default_storage.exists(path)
    trajectory = Trajectory.objects.get()
    assert (trajectory.path, bytes(trajectory.root)) == ("", bytes(work.trajectory.root))


def test_of_too_many_latents_the_oldest_go_first(alice: Person, model: DiffusionModel, settings: Settings) -> None:
    for seed in (1, 2):
        submit_job(person=alice, prompt="a sun", seed=seed)
        run()
    older, newer = Trajectory.objects.order_by("created_at")
    settings.TRAJECTORY_BUDGET_BYTES = newer.size
    assert drop_old_latents() == 1
    assert list(Trajectory.objects.exclude(path="")) == [newer]
    assert older.path != newer.path


# Running again as a whole.


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


# The queue.


def test_only_the_maker_and_curators_may_ask(work: Work, django_user_model: type[Person]) -> None:
    stranger = Person.objects.create_user(username="mallory", password="a long enough password")
    with pytest.raises(Forbidden):
        ask_for_rerun(person=stranger, work=work, kind=REPRODUCE)
    assert not Rerun.objects.exists()
    stranger.groups.add(Group.objects.get_or_create(name="Curators")[0])
    rerun = ask_for_rerun(person=stranger, work=work, kind=REPRODUCE)
    assert (rerun.asked_by, rerun.job and rerun.job.person) == (stranger, stranger)


def test_one_that_is_under_way_is_not_queued_twice(work: Work) -> None:
    ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    with pytest.raises(RerunUnderWay):
        ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    assert Rerun.objects.count() == 1


def test_quotas_hold_and_a_record_is_charged(work: Work, settings: Settings) -> None:
    asked(work, REPRODUCE)
    assert list(Job.objects.order_by("created_at").values_list("charged_pictures", flat=True)) == [1, 1]
    settings.PICTURES_PER_DAY_PER_PERSON = 2
    with pytest.raises(Exception, match="0 are left"):
        ask_for_rerun(person=work.person, work=work, kind=CHECK)
    settings.PICTURES_PER_DAY_PER_PERSON, settings.JOBS_IN_FLIGHT_PER_PERSON = 0, 1
    ask_for_rerun(person=work.person, work=work, kind=CHECK)
    with pytest.raises(TooManyJobs):
        ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)


def test_a_waiting_one_is_canceled_and_given_back(work: Work) -> None:
    rerun = ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    assert rerun.job is not None
    job = cancel_job(job=rerun.job)
    assert (job.status, job.charged_pictures) == ("canceled", 0)
    assert run() == 0


def test_a_running_one_stops_at_the_next_step_without_a_record(work: Work) -> None:
    ask_for_rerun(person=work.person, work=work, kind=REPRODUCE)
    calls = iter(range(1000))

    def stopping() -> bool:
        if next(calls) == 2:
            cancel_job(job=Job.objects.get(purpose="reproduce"))
        return False

    run(stopping=stopping)
    assert Job.objects.get(purpose="reproduce").status == "canceled"
    assert not RerunRecord.objects.exists()


def test_a_job_that_is_claimed_again_after_its_record_makes_no_second(work: Work) -> None:
    asked(work, REPRODUCE)
    job = Job.objects.filter(purpose="reproduce")
    job.update(status="queued", finished_at=None)
    run()
    assert job.get().status == "succeeded"
    assert RerunRecord.objects.count() == 1


# One step.


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


def asked_without_record(work: Work, nonce: bytes) -> Rerun:
    rerun = ask_for_rerun(person=work.person, work=work, kind=CHECK, nonce=nonce)
    run()
    return Rerun.objects.select_related("job").get(pk=rerun.pk)


# The commands.


def test_the_audit_command_signs_what_it_found(work: Work) -> None:
    said = StringIO()
    call_command("audit", str(work.pk), stdout=said, nonce=nonce_for(work, 2).hex())
    assert "transition       2" in said.getvalue()
    assert "bit-exact, signed by 0x" in said.getvalue()
    record = RerunRecord.objects.get()
    assert (record.rerun.job, record.rerun.asked_by) == (None, None)


def test_the_audit_command_ends_with_1_when_it_differs(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(recipe={**work.recipe, "seed": "9"})
    with pytest.raises(SystemExit) as ended:
        call_command("audit", str(work.pk), stdout=StringIO(), nonce=nonce_for(work, 0).hex())
    assert ended.value.code == 1
    assert RerunRecord.objects.get().result == "differs"


def test_the_audit_command_says_why_it_cannot(work: Work) -> None:
    Trajectory.objects.update(path="")
    with pytest.raises(CommandError, match="not kept any more"):
        call_command("audit", str(work.pk))
    assert not Rerun.objects.exists()


def test_the_reproduce_command_records_and_asks(work: Work) -> None:
    said = StringIO()
    call_command("reproduce", str(work.pk), record=True, stdout=said)
    assert "bit-exact, signed by 0x" in said.getvalue()
    call_command("reproduce", str(work.pk), ask="alice", stdout=said)
    assert run() == 1
    assert RerunRecord.objects.count() == 2
    with pytest.raises(CommandError, match="nobody called bob"):
        call_command("reproduce", str(work.pk), ask="bob")
