"""`python -m bench.inside bench.seed COUNT`: works in the database, for pages to be measured with.

Never on a real folder. Each work is a full row with its own job, recipe and hashes; only the small picture on the
disk is shared, for the pages never open it.
"""

import hashlib
import sys
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Person
from generation.models import Job, StoredFile, Work
from minting.models import Mint
from provenance.cids import raw_cid
from provenance.digests import to_hex

BATCH = 1000
PROMPTS = ("a teal sun over navy waves", "three moons above a field of barley", "an ochre door in a white wall")


def main() -> None:
    """Copy the one real work of this folder COUNT times, each with its own hashes and job."""
    template = Work.objects.select_related("job", "file", "recipe_file", "model").first()
    if template is None:
        sys.exit("There is no work to copy: run `make demo` on this folder first.")
    person, _ = Person.objects.get_or_create(username="bench")
    mint = Mint.objects.filter(work=template).first()
    for begin in range(0, int(sys.argv[1]), BATCH):
        _write(range(begin, min(begin + BATCH, int(sys.argv[1]))), template=template, person=person, mint=mint)


def _write(places: range, *, template: Work, person: Person, mint: Mint | None) -> None:
    jobs = [a_job(place, template=template, person=person) for place in places]
    Job.objects.bulk_create(jobs)
    files = [a_file(place, template=template) for place in places]
    StoredFile.objects.bulk_create(files)
    works = [
        a_work(place, template=template, job=job, file=file)
        for place, job, file in zip(places, jobs, files, strict=True)
    ]
    Work.objects.bulk_create(works)
    if mint is not None:
        Mint.objects.bulk_create([_mint(mint, work=work) for work in works[::2]])


def _copied(source: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401 - any model
    return {name: getattr(source, name) for name in names}


def a_job(place: int, *, template: Work, person: Person) -> Job:
    """A finished job of one picture, not saved."""
    now = timezone.now() - timedelta(minutes=place)
    fields = _copied(template.job, "model", "steps", "guidance_scale", "width", "height", "step", "total_steps")
    return Job(
        **fields, person=person, prompt=PROMPTS[place % 3], seed=place, count=1, status="succeeded", created_at=now,
        started_at=now, finished_at=now,
    )  # fmt: skip


def a_file(place: int, *, template: Work) -> StoredFile:
    """A file with a hash of its own, whose bytes are the template's; not saved."""
    digest = hashlib.sha256(f"bench {place}".encode()).digest()
    return StoredFile(**_copied(template.file, "media_type", "size", "path"), sha256=digest, cid=raw_cid(digest))


def a_work(place: int, *, template: Work, job: Job, file: StoredFile) -> Work:
    """A work like the template with hashes of its own, not saved."""
    shared = _copied(
        template, "model", "width", "height", "preview_path", "thumbhash", "recipe_file", "recipe", "attestation",
        "recipe_hash",
    )  # fmt: skip
    pixels = hashlib.sha256(f"pixels {place}".encode()).digest()
    message = {**template.attestation["message"], "pixelHash": to_hex(pixels)}
    shared["attestation"] = {**template.attestation, "message": message}
    return Work(
        **shared, job=job, index=0, person=job.person, prompt=job.prompt, seed=job.seed, file=file,
        content_hash=file.sha256, pixel_hash=pixels,
    )  # fmt: skip


def _mint(template: Mint, *, work: Work) -> Mint:
    fields = _copied(
        template, "collection", "to", "metadata_file", "status", "transaction", "submitted_at", "mined_at", "final_at"
    )
    return Mint(**fields, work=work, person=work.person)
