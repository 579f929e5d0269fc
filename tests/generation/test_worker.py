"""The worker draws jobs with a real pipeline and settles them."""

import errno
import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from accounts.models import Person, Wallet
from generation import queue
from generation.models import DiffusionModel, Job, Work
from generation.services import cancel_job, retry_job, submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from provenance import attestations, credentials
from provenance.canonical import canonical_hash, canonical_json
from provenance.certificates import load_or_create_anchors
from provenance.digests import content_hash, pixel_hash, prompt_commitment, to_hex

pytestmark = pytest.mark.django_db(transaction=True)


def run(stopping: Callable[[], bool] = lambda: False) -> int:
    return run_waiting_jobs(worker="w", stopping=stopping)


def at_step(step: int, act: Callable[[], object]) -> Callable[[], bool]:
    """A `stopping` that acts once, after that denoising step; the worker asks it once before the first."""
    calls = iter(range(1_000_000))

    def stopping() -> bool:
        return bool(act()) if next(calls) == step else False

    return stopping


def from_step(step: int) -> Callable[[], bool]:
    """A `stopping` that says so from that denoising step on."""
    calls = iter(range(1_000_000))
    return lambda: next(calls) >= step


def test_a_job_becomes_a_work_whose_hashes_hold(job: Job) -> None:
    assert run() == 1

    job.refresh_from_db()
    assert (job.status, job.error_detail, job.step, job.total_steps) == ("succeeded", "", 3, 3)
    work = job.works.get()
    data = read_bytes(work.file)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (64, 64)
        assert pixel_hash(image) == bytes(work.pixel_hash)
    assert hashlib.sha256(data).digest() == bytes(work.content_hash) == content_hash(data)
    assert canonical_hash(work.recipe) == bytes(work.recipe_hash)
    assert read_bytes(work.recipe_file) == canonical_json(work.recipe)


def test_the_attestation_is_about_this_picture_and_its_maker(alice: Person, job: Job) -> None:
    address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    Wallet.objects.create(person=alice, address=address)
    run()
    work = job.works.get()
    attestation, signature, attester = attestations.from_document(work.attestation)
    assert attestations.recover(attestation, signature) == attester
    assert attestation.pixel_hash == bytes(work.pixel_hash)
    assert attestation.recipe_hash == bytes(work.recipe_hash)
    assert attestation.model_hash == bytes(job.model.model_hash or b"")
    assert attestation.creator == address


def test_who_has_no_wallet_is_the_zero_address(job: Job) -> None:
    run()
    assert job.works.get().attestation["message"]["creator"] == "0x" + 40 * "0"


def test_the_file_carries_recipe_and_attestation_and_says_that_it_is_ai_made(job: Job) -> None:
    run()
    work = job.works.get()
    anchors = load_or_create_anchors(configured.C2PA_DIR)
    report = credentials.read(read_bytes(work.file), media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.says_ai_made) == ("trusted", True)
    assert (report.recipe, report.attestation) == (work.recipe, work.attestation)


def test_the_preview_is_a_marked_webp(job: Job) -> None:
    run()
    with default_storage.open(job.works.get().preview_path) as file, Image.open(file) as preview:
        assert (preview.format, preview.size) == ("WEBP", (64, 64))
        assert credentials.TRAINED_ALGORITHMIC_MEDIA.encode() in preview.info["xmp"]


def test_each_picture_of_a_job_has_the_next_seed(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", seed=40, count=3)
    run()
    works = list(job.works.order_by("index"))
    assert [(work.index, work.seed, work.recipe["seed"]) for work in works] == [
        (0, 40, "40"),
        (1, 41, "41"),
        (2, 42, "42"),
    ]
    assert len({bytes(work.pixel_hash) for work in works}) == 3


def test_pictures_that_share_a_batch_are_published_one_by_one(
    alice: Person, model: DiffusionModel, settings: Settings
) -> None:
    settings.BATCH_SLOTS = 2
    job = submit_job(person=alice, prompt="a sun", seed=40, count=3)
    run()
    job.refresh_from_db()
    assert (job.status, job.step, job.total_steps) == ("succeeded", 9, 9)
    works = list(job.works.order_by("index"))
    assert [(work.seed, work.recipe["reproducibility_class"]["slots"]) for work in works] == [
        (40, 2),
        (41, 2),
        (42, 2),
    ]
    assert len({bytes(work.pixel_hash) for work in works}) == 3


def test_a_private_prompt_is_a_salted_commitment_in_all_that_is_published(
    alice: Person, model: DiffusionModel
) -> None:
    job = submit_job(person=alice, prompt="a secret garden", private_prompt=True)
    run()
    work = job.works.get()
    assert "prompt" not in work.recipe
    expected = prompt_commitment(salt=bytes(work.prompt_salt or b""), prompt="a secret garden")
    assert work.recipe["prompt_commitment"] == to_hex(expected)
    assert b"secret garden" not in read_bytes(work.file)
    assert b"secret garden" not in read_bytes(work.recipe_file)


def test_a_running_job_stops_soon_after_it_was_canceled(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=100)
    run(at_step(2, lambda: cancel_job(job=job) and False))
    job.refresh_from_db()
    assert (job.status, job.error_code, job.lease_token) == ("canceled", "", None)
    assert job.step < 100
    assert not Work.objects.exists()


def test_pictures_that_were_finished_before_the_cancellation_are_kept(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=50, count=2)
    run(at_step(52, lambda: cancel_job(job=job) and False))
    job.refresh_from_db()
    assert job.status == "canceled"
    assert [work.index for work in job.works.all()] == [0]


def test_a_worker_that_shuts_down_gives_its_job_back(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=10, count=2)
    run(from_step(12))
    job.refresh_from_db()
    assert (job.status, job.attempts, job.lease_token) == ("queued", 0, None)
    assert [work.index for work in job.works.all()] == [0]


def test_the_next_worker_draws_only_what_is_missing(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=10, count=2)
    run(from_step(12))
    first = job.works.get()
    run()
    job.refresh_from_db()
    assert (job.status, job.step) == ("succeeded", 20)
    assert job.works.get(index=0) == first
    assert job.works.count() == 2


def test_a_late_worker_publishes_nothing(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun", steps=3)

    def lose_the_lease() -> bool:
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        queue.recover_lost_jobs()
        queue.claim_next_job(worker="another")
        return False

    run(at_step(3, lose_the_lease))
    job.refresh_from_db()
    assert (job.status, job.leased_by, job.attempts) == ("running", "another", 2)
    assert not Work.objects.exists()


def test_a_missing_model_folder_fails_the_job_with_the_reason(alice: Person, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(source="/nowhere/at/all")
    job = submit_job(person=alice, prompt="a sun")
    run()
    job.refresh_from_db()
    assert (job.status, job.error_code, job.lease_token) == ("failed", "model_missing", None)
    assert "Tiny" in job.error_detail
    assert "/nowhere" not in job.error_detail
    assert not Work.objects.exists()


def test_a_model_with_a_missing_part_fails_the_job(alice: Person, model: DiffusionModel, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(
        '{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}'
    )
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet/diffusion_pytorch_model.safetensors").write_bytes(b"not weights")
    DiffusionModel.objects.update(source=str(tmp_path))
    job = submit_job(person=alice, prompt="a sun")
    run()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "model_unusable")


def test_changed_weights_change_the_hash_in_recipes(alice: Person, job: Job) -> None:
    before = bytes(job.model.model_hash or b"")
    DiffusionModel.objects.update(fingerprint="of other files", model_hash=b"\x00" * 32)
    run()
    assert job.works.get().recipe["model"]["model_hash"] == to_hex(before)


def test_a_full_disk_fails_the_job_and_leaves_no_half_work(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "_save", full)
        run()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "storage_full")
    assert not Work.objects.exists()

    retry_job(job=job)
    run()
    job.refresh_from_db()
    assert (job.status, job.error_code, job.works.count()) == ("succeeded", "", 1)


def test_one_failing_job_does_not_stop_the_next(alice: Person, model: DiffusionModel) -> None:
    broken = DiffusionModel.objects.create(slug="broken", name="Broken", source="/nowhere")
    first = submit_job(person=alice, prompt="a sun", model=broken.slug, width=256, height=256)
    second = submit_job(person=alice, prompt="a sun")
    assert run() == 2
    assert [Job.objects.get(pk=job.pk).status for job in (first, second)] == ["failed", "succeeded"]
