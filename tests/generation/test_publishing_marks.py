"""What a published file carries: a watermark, soft bindings, a format of the creator's choice."""

import io
import json

import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from generation.models import DiffusionModel, Job, PerceptualHash, Work
from generation.publishing import marking
from generation.publishing.mark_index import issued_marks
from generation.serializers import WorkSerializer
from generation.services import submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from minting.metadata import token_metadata
from provenance import credentials
from provenance.certificates import load_or_create_anchors
from provenance.digests import pixel_hash, to_hex
from provenance.watermarks import LEAST_PSNR, SCHEME, WRONG_BITS, psnr

pytestmark = pytest.mark.django_db(transaction=True)


def drawn(person: Person, **wish: object) -> Work:
    job = submit_job(person=person, prompt="a teal sun", seed=7, width=128, height=128, **wish)  # type: ignore[arg-type]
    run_waiting_jobs(worker="w", stopping=lambda: False)
    return job.works.get()


def picture_of(work: Work) -> Image.Image:
    return Image.open(io.BytesIO(read_bytes(work.file)))


def report_of(work: Work) -> credentials.CredentialsReport:
    anchors = load_or_create_anchors(configured.C2PA_DIR)
    return credentials.read(read_bytes(work.file), media_type=work.file.media_type, anchors_pem=anchors)


def test_the_mark_leads_back_to_the_work(alice: Person, model: DiffusionModel) -> None:
    work = drawn(alice)
    (found,) = marking.find_marked_works(picture_of(work))
    assert found.work == work
    assert found.wrong_bits <= WRONG_BITS


def test_a_mark_is_found_as_soon_as_it_is_issued(alice: Person, model: DiffusionModel) -> None:
    for _ in range(2):
        work = drawn(alice)
        (found,) = marking.find_marked_works(picture_of(work))
        assert found.work == work


def test_the_database_answers_when_there_are_too_many_marks(
    alice: Person, model: DiffusionModel, settings: Settings
) -> None:
    settings.LOOK_ALIKE_ROWS_IN_MEMORY = 0
    work = drawn(alice)
    assert issued_marks.near(0, within=64) is None
    (found,) = marking.find_marked_works(picture_of(work))
    assert found.work == work


def test_a_mark_whose_work_is_gone_leads_nowhere(alice: Person, model: DiffusionModel) -> None:
    picture = picture_of(drawn(alice))
    assert marking.find_marked_works(picture) != []
    Work.objects.update(watermark_id=None)
    assert marking.find_marked_works(picture) == []


def test_an_unmarked_picture_leads_nowhere(alice: Person, model: DiffusionModel) -> None:
    drawn(alice)
    assert marking.find_marked_works(Image.effect_noise((256, 256), 60).convert("RGB")) == []


def test_marking_a_new_render_again_gives_the_published_pixels(alice: Person, model: DiffusionModel) -> None:
    one, other = drawn(alice), drawn(alice)
    assert bytes(one.pixel_hash) != bytes(other.pixel_hash)
    assert one.drawn_pixels_hash == other.drawn_pixels_hash == bytes(one.render_hash or b"")
    assert one.watermark_id != other.watermark_id
    # The tiny model draws the same again; here the render is taken from what the two works have in common.
    render = render_of(model)
    assert pixel_hash(render) == one.drawn_pixels_hash
    assert pixel_hash(marking.mark_again(render, work=one)) == bytes(one.pixel_hash)
    assert psnr(render, picture_of(one)) >= LEAST_PSNR


def render_of(model: DiffusionModel) -> Image.Image:
    from generation.engine.painter import painter_for
    from generation.engine.rendering import Drawing

    drawing = Drawing(
        prompt="a teal sun", negative_prompt="", seeds=[7], steps=3, guidance_scale=2.0, width=128, height=128
    )
    return painter_for(model, width=128, height=128).draw(drawing, on_step=lambda _share: None)[0].image


def test_a_picture_too_small_for_a_mark_says_so(job: Job) -> None:
    run_waiting_jobs(worker="w", stopping=lambda: False)
    work = job.works.get()
    assert work.watermark_id is None
    assert bytes(work.pixel_hash) == bytes(work.render_hash or b"")
    report = report_of(work)
    assert report.note["watermark"]["scheme"] == "none"
    assert [binding.algorithm for binding in report.soft_bindings] == ["io.iscc.v0"]


def test_the_manifest_names_mark_and_fingerprint(alice: Person, model: DiffusionModel) -> None:
    work = drawn(alice)
    report = report_of(work)
    assert work.watermark_id is not None
    assert [(binding.algorithm, binding.value) for binding in report.soft_bindings] == [
        ("io.iscc.v0", work.iscc.encode()),
        (SCHEME, marking.unsigned(work.watermark_id).to_bytes(8)),
    ]
    assert report.note["watermark"] == {
        "scheme": SCHEME,
        "version": str(work.watermark_version),
        "meaning": "a hint where to look, never a proof",
        "render_hash": to_hex(bytes(work.render_hash or b"")),
    }
    assert report.note["published"]["format"] == "png"


def test_the_hash_of_the_whole_picture_is_kept_at_once(alice: Person, model: DiffusionModel) -> None:
    work = drawn(alice)
    assert list(PerceptualHash.objects.values_list("work", "place")) == [(work.pk, 0)]


@pytest.mark.parametrize(
    ("output_format", "media_type", "name"), [("jpeg", "image/jpeg", "JPEG"), ("webp", "image/webp", "WEBP")]
)
def test_a_lossy_file_is_hashed_as_it_is_decoded(
    output_format: str, media_type: str, name: str, alice: Person, model: DiffusionModel
) -> None:
    work = drawn(alice, output_format=output_format, output_quality=90)
    picture = picture_of(work)
    assert (picture.format, work.file.media_type) == (name, media_type)
    assert pixel_hash(picture.convert("RGB")) == bytes(work.pixel_hash)
    assert work.attestation["message"]["pixelHash"] == to_hex(bytes(work.pixel_hash))
    report = report_of(work)
    assert (report.state, report.says_ai_made) == ("trusted", True)
    assert report.note["published"]["quality"] == "90"
    (found,) = marking.find_marked_works(picture)
    assert found.work == work


def test_a_private_prompt_is_nowhere_in_what_is_published(alice: Person, model: DiffusionModel) -> None:
    secret = "a walled garden in xanthic moonlight"
    job = submit_job(person=alice, prompt=secret, negative_prompt="quixotic", private_prompt=True)
    run_waiting_jobs(worker="w", stopping=lambda: False)
    work = job.works.get()
    with default_storage.open(work.preview_path) as preview:
        published = read_bytes(work.file) + read_bytes(work.recipe_file) + preview.read()
    published += repr(report_of(work)).encode() + token_metadata(work)
    published += json.dumps(WorkSerializer(work, context={"viewer": None}).data, default=str).encode()
    for word in ("walled", "xanthic", "moonlight", "quixotic"):
        assert word.encode() not in published
        assert word.encode("utf-16-le") not in published
