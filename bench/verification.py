"""Verification with a million works in the database; `provenance_figures` calls it at its end.

The works that are asked about are real and have files, half of them with a mark. The million others are rows with
hashes, marks and whole pictures' fingerprints of their own; they share one file and have no recipe's text. Crops are
those of the real works: eighteen more million hashes are beyond what a process keeps in memory by default. No chain
is asked. Of each kind of file the verdicts are counted; a marked work's copy that is not told as one is explained,
and so is an unmarked one's that does not even resemble it.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.db import connection
from PIL import Image, ImageOps

from bench.seed import a_job
from generation.lookalikes.searching import stored_picture
from generation.models import Job, Work
from generation.publishing.marking import mark_render, signed
from generation.storage import read_bytes
from provenance.alignment import looks_the_same
from provenance.fingerprints import NEAR, distance, pdq
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


def main(strangers: Sequence[Image.Image], *, write: Callable[[Image.Image, int], Work]) -> None:
    """Fill the database up to a million works, then check files of each kind. `write` makes a work of a picture."""
    unmarked = list(Work.objects.select_related("file").order_by("-created_at")[: FILES_ASKED // 2])
    marked = [_marked(work, number, write=write) for number, work in enumerate(unmarked)]
    started = time.perf_counter()
    _fill()
    print(
        f"verification   {Work.objects.count():,} works, {time.perf_counter() - started:.0f} s to write them; then:"
    )
    verify_file(read_bytes(marked[0].file))
    _time("one of ours", (read_bytes(work.file) for work in (*marked, *unmarked)))
    for kind, works, right in (("marked", marked, "copy"), ("unmarked", unmarked, "resembles")):
        for edit, copied in COPIES.items():
            copies = [copied(_picture(work)) for work in works]
            verdicts = _time(f"{kind}, {edit}", copies)
            _explain(works, copies, verdicts, right=right)
    _time("a stranger's", (_saved(picture) for picture in (*strangers, *(each.rotate(90) for each in strangers))))


def _picture(work: Work) -> Image.Image:
    picture = stored_picture(work)
    assert picture is not None
    return picture


def _marked(work: Work, number: int, *, write: Callable[[Image.Image, int], Work]) -> Work:
    """A marked work of the mirrored picture, which is no look-alike of it."""
    picture = mark_render(ImageOps.mirror(_picture(work)))
    made = write(picture.image, 10_000 + number)
    if picture.watermark_id is not None:
        made.watermark_id, made.watermark_version = signed(picture.watermark_id), picture.version
        made.save()
    return made


def _explain(works: Sequence[Work], copies: Sequence[bytes], verdicts: Sequence[str], *, right: str) -> None:
    """Of copies that are not told as what they are: whether they could have been."""
    for work, data, verdict in zip(works, copies, verdicts, strict=True):
        if verdict == right:
            continue
        original, copy = _picture(work), Image.open(io.BytesIO(data)).convert("RGB")
        one, other = pdq(original), pdq(copy)
        apart, alike = distance(one.bits, other.bits), looks_the_same(copy, original=original)
        said = "NEAR ENOUGH, AND NOT TOLD" if apart <= NEAR and alike else "too far apart to be told"
        print(f"  {'':22} {verdict}: {apart} bits apart, PDQ quality {one.quality} and {other.quality}; {said}")


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


def _halved(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


def _as_png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG 75": _saved,
    "half": lambda picture: _as_png(_halved(picture)),
    "half, JPEG 75": lambda picture: _saved(_halved(picture)),
}


def _time(what: str, files: Iterable[bytes]) -> list[str]:
    by_the_clock, own = [], []
    verdicts: list[str] = []
    for data in list(files)[:FILES_ASKED]:
        started, thread = time.perf_counter(), time.thread_time()
        verdicts.append(verify_file(data).verdict)
        by_the_clock.append((time.perf_counter() - started) * 1000)
        own.append((time.thread_time() - thread) * 1000)
    told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(Counter(verdicts).items()))
    print(f"  {what:22} {_percentiles(by_the_clock)} by the clock, {_percentiles(own)} of this thread's own time")
    print(f"  {'':22} {len(own)} files: {told}", flush=True)
    return verdicts


def _percentiles(taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"p50 {ordered[len(ordered) // 2]:.0f} ms, p99 {ordered[len(ordered) * 99 // 100]:.0f} ms"
