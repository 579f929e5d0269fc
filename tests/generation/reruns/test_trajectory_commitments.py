"""What a picture commits to when it is made, and how long its latents are kept."""

import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage
from pytest_django import Settings

from accounts.models import Person
from generation.models import DiffusionModel, StoredFile, Trajectory, Work
from generation.reruns.latents import drop_old_latents, kept_latents
from generation.services import submit_job
from generation.storage import read_bytes
from provenance import credentials
from provenance.attestations import from_document
from provenance.certificates import load_or_create_anchors
from provenance.digests import to_hex
from provenance.merkle import tree_root
from provenance.statements import attestation_digest, read_document
from provenance.trajectories import TRAJECTORY, leaf_hashes
from tests.generation.reruns.asking import STEPS, run

pytestmark = pytest.mark.django_db(transaction=True)


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
