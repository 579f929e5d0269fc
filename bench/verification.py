"""Verification with a million works in the database; `bench.provenance` calls it at its end.

The works that are asked about are real and have files. The million others are rows with hashes, marks and whole
pictures' fingerprints of their own; they share one file and have no recipe's text. Crops are those of the real works:
eighteen more million hashes are beyond what a process keeps in memory by default. No chain is asked.
"""

import io
import time
from collections.abc import Iterable, Sequence

from django.db import connection
from PIL import Image

from bench.seed import a_job
from generation.models import Job, Work
from generation.storage import read_bytes
from verification.services import verify_file

WORKS = 1_000_000
PER_JOB = 10_000
"""works of one job: their place in it is a small number"""
FILES_ASKED = 100
OWN = {
    "id": "uuidv7('-1 day'::interval)",
    "job_id": "job.id",
    "index": "(n %% job.size)",
    "content_hash": "sha256(('bench work ' || n)::bytea)",
    "pixel_hash": "sha256(('bench pixels ' || n)::bytea)",
    "render_hash": "NULL::bytea",
    "watermark_id": "('x' || left(md5(n::text), 16))::bit(64)::bigint",
    "recipe": "'{}'::jsonb",
    "attestation": "'{}'::jsonb",
}
"""of each row what is not copied from the template"""
FINGERPRINTS = """
INSERT INTO generation_perceptualhash (work_id, place, bits, quality)
SELECT id, 0, ('x' || md5(id::text) || md5(id::text || '.'))::bit(256), 100
FROM generation_work work
WHERE NOT EXISTS (SELECT 1 FROM generation_perceptualhash WHERE work_id = work.id AND place = 0)
"""


def main(strangers: Sequence[Image.Image]) -> None:
    """Fill the database up to a million works, then check files of each kind."""
    ours = [
        read_bytes(work.file) for work in Work.objects.select_related("file").order_by("-created_at")[:FILES_ASKED]
    ]
    started = time.perf_counter()
    _fill()
    print(
        f"verification   {Work.objects.count():,} works, {time.perf_counter() - started:.0f} s to write them; then:"
    )
    verify_file(ours[0])
    _time("one of ours", ours)
    _time("ours, JPEG 75", (_saved(Image.open(io.BytesIO(data)).convert("RGB")) for data in ours))
    _time("a stranger's", (_saved(picture) for picture in (*strangers, *(each.rotate(90) for each in strangers))))


def _fill() -> None:
    template = Work.objects.select_related("job", "person").earliest("created_at")
    missing = max(0, WORKS - Work.objects.count())
    jobs = [
        a_job(2_000_000 + place, template=template, person=template.person) for place in range(-(-missing // PER_JOB))
    ]
    Job.objects.bulk_create(jobs)
    columns = [str(field.column) for field in Work._meta.concrete_fields]  # noqa: SLF001 - Django's own way to its columns
    values = ", ".join(OWN.get(column, f'template."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO generation_work ({names}) SELECT {values} FROM generate_series(0, %s) n "  # noqa: S608 - the model's own columns
            "JOIN (SELECT id, place, %s AS size FROM unnest(%s::uuid[]) WITH ORDINALITY job (id, place)) job "
            "ON job.place = 1 + n / job.size "
            "CROSS JOIN (SELECT * FROM generation_work WHERE id = %s) template",
            [missing - 1, PER_JOB, [job.pk for job in jobs], template.pk],
        )
        cursor.execute(FINGERPRINTS)
        cursor.execute("VACUUM ANALYZE generation_work, generation_perceptualhash")


def _saved(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    return file.getvalue()


def _time(what: str, files: Iterable[bytes]) -> None:
    by_the_clock, own, verdicts = [], [], set()
    for data in list(files)[:FILES_ASKED]:
        started, thread = time.perf_counter(), time.thread_time()
        verdicts.add(verify_file(data).verdict)
        by_the_clock.append((time.perf_counter() - started) * 1000)
        own.append((time.thread_time() - thread) * 1000)
    print(f"  {what:16} {_percentiles(by_the_clock)} by the clock, {_percentiles(own)} of this thread's own time")
    print(f"  {'':16} {len(own)} files, found: {', '.join(sorted(verdicts))}")


def _percentiles(taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"p50 {ordered[len(ordered) // 2]:.0f} ms, p99 {ordered[len(ordered) * 99 // 100]:.0f} ms"
