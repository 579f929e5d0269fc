"""The worker draws jobs with a real pipeline and settles them."""

import hashlib
import io

import pytest
from django.conf import settings
from PIL import Image

from generation.models import Job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from provenance import attestations, credentials
from provenance.canonical import canonical_hash, canonical_json
from provenance.certificates import load_or_create_anchors
from provenance.digests import content_hash, pixel_hash


def never() -> bool:
    return False


@pytest.mark.django_db(transaction=True)
def test_a_job_becomes_a_work_whose_hashes_hold(job: Job) -> None:
    assert run_waiting_jobs(worker="w", stopping=never) == 1

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
    attestation, signature, attester = attestations.from_document(work.attestation)
    assert attestations.recover(attestation, signature) == attester
    assert attestation.pixel_hash == bytes(work.pixel_hash)
    assert attestation.recipe_hash == bytes(work.recipe_hash)
    assert attestation.model_hash == bytes(job.model.model_hash or b"")
    report = credentials.read(data, media_type="image/png", anchors_pem=load_or_create_anchors(settings.C2PA_DIR))
    assert (report.state, report.says_ai_made) == ("trusted", True)
    assert report.recipe == work.recipe
    print(work.recipe, len(data), work.thumbhash)
