"""Uploads to start from, what is made from them, and from works."""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as settings_of_django
from django.db import IntegrityError
from django.http import Http404
from django.test import RequestFactory
from PIL import Image
from PIL.ExifTags import Base
from pytest_django import Settings

from accounts.models import Person
from api.errors import InvalidInput
from generation import source_images
from generation.derived import upscale_work, vary_work
from generation.errors import ImageInUse, TooManyImages
from generation.files import by_cid
from generation.models import DiffusionModel, Job, SourceImage, StoredFile, Work, WorkParent
from generation.services import submit_job
from generation.storage import read_bytes
from generation.worker import run_waiting_jobs
from provenance.certificates import load_or_create_anchors, load_or_create_signer
from provenance.credentials import COMPOSITE_WITH_TRAINED_MEDIA, embed, read
from provenance.digests import pixel_hash, to_hex

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob() -> Person:
    return Person.objects.create_user(username="bob")


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


NOISE = Image.effect_noise((96, 64), 80).convert("RGB")


def keep(person: Person, image: Image.Image = NOISE) -> SourceImage:
    return source_images.keep_image(person=person, data=file_of(image))


def draw_all() -> None:
    run_waiting_jobs(worker="w", stopping=lambda: False)


def test_an_upload_is_turned_upright_and_loses_its_metadata(alice: Person) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Artist] = "Somebody private"
    image = source_images.keep_image(person=alice, data=file_of(NOISE, "JPEG", exif=exif))
    assert (image.width, image.height) == (64, 96)
    kept = read_bytes(image.file)
    assert b"Somebody" not in kept
    with Image.open(io.BytesIO(kept)) as opened:
        assert (opened.mode, dict(opened.getexif()), opened.info) == ("RGB", {}, {})
        assert pixel_hash(opened) == image.pixel_hash


def test_what_is_transparent_is_white(alice: Person) -> None:
    image = keep(alice, Image.new("RGBA", (8, 8), (255, 0, 0, 0)))
    with Image.open(io.BytesIO(read_bytes(image.file))) as opened:
        assert opened.getpixel((0, 0)) == (255, 255, 255)


def test_what_is_hidden_behind_a_picture_is_not_kept(alice: Person) -> None:
    image = source_images.keep_image(person=alice, data=file_of(NOISE) + b"PK\x03\x04 a program")
    assert b"a program" not in read_bytes(image.file)


def strangers_file(folder: Path, image: Image.Image = NOISE) -> bytes:
    """A picture with content credentials of somebody else's."""
    return embed(
        file_of(image), media_type="image/png", recipe={}, attestation_document={}, title="theirs",
        signer=load_or_create_signer(folder / "stranger"),
    )  # fmt: skip


def test_the_content_credentials_of_an_upload_are_kept(alice: Person, tmp_path: Path) -> None:
    image = source_images.keep_image(person=alice, data=strangers_file(tmp_path))
    assert image.credentials is not None
    assert b"theirs" in read_bytes(image.credentials)
    assert b"theirs" not in read_bytes(image.file)
    assert not image.credentials.is_public


def test_credentials_that_an_upload_lacked_are_added(alice: Person, tmp_path: Path) -> None:
    assert keep(alice).credentials is None
    assert source_images.keep_image(person=alice, data=strangers_file(tmp_path)).credentials is not None
    first = SourceImage.objects.get().credentials
    assert keep(alice).credentials == first
    assert SourceImage.objects.get().credentials == first


def test_a_picture_from_an_upload_carries_its_credentials_on(
    alice: Person, model: DiffusionModel, tmp_path: Path
) -> None:
    image = source_images.keep_image(person=alice, data=strangers_file(tmp_path, NOISE.resize((64, 64))))
    submit_job(person=alice, prompt="a sun", init_image=image.pk, strength=Decimal("0.5"))
    draw_all()
    data = read_bytes(Work.objects.get().file)
    report = read(data, media_type="image/png", anchors_pem=load_or_create_anchors(settings_of_django.C2PA_DIR))
    assert (report.state, report.digital_source_type) == ("trusted", COMPOSITE_WITH_TRAINED_MEDIA)
    assert [(each.title, each.signer) for each in report.ingredients] == [
        ("An uploaded picture", "Colophon Content Credentials")
    ]


def test_a_picture_from_a_plain_upload_is_a_composite(alice: Person, model: DiffusionModel) -> None:
    submit_job(person=alice, prompt="a sun", init_image=keep(alice, NOISE.resize((64, 64))).pk)
    draw_all()
    data = read_bytes(Work.objects.get().file)
    report = read(data, media_type="image/png", anchors_pem=load_or_create_anchors(settings_of_django.C2PA_DIR))
    assert report.digital_source_type == COMPOSITE_WITH_TRAINED_MEDIA
    assert [each.credentials for each in report.ingredients] == [False]


def test_the_same_picture_again_is_the_same_upload(alice: Person) -> None:
    assert keep(alice) == keep(alice)
    assert SourceImage.objects.count() == 1


def bomb() -> bytes:
    return file_of(Image.new("1", (13_500, 13_500)))


MOVING = file_of(NOISE, "PNG", save_all=True, append_images=[NOISE.rotate(90), NOISE.rotate(180)])
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "file_empty"),
    "too large": (lambda: bytes(2001), "file_too_large"),
    "no picture": (lambda: b"GIF89a nothing", "not_a_picture"),
    "a GIF": (lambda: file_of(Image.new("RGB", (8, 8)), "GIF"), "not_a_picture"),
    "a bomb": (lambda: file_of(Image.new("1", (5000, 5000))), "too_many_pixels"),
    "a larger bomb": (bomb, "too_many_pixels"),
    "cut short": (lambda: file_of(Image.new("RGB", (400, 400), "teal"))[:-60], "picture_damaged"),
    "an animation": (lambda: MOVING, "picture_moves"),
}


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_not_taken_is_told_and_not_kept(
    alice: Person, settings: Settings, make: Callable[[], bytes], code: str
) -> None:
    settings.SOURCE_IMAGE_MAX_BYTES = 2000 if code == "file_too_large" else 2_000_000
    with pytest.raises(InvalidInput) as refusal:
        source_images.keep_image(person=alice, data=make())
    assert [(error.field, error.code) for error in refusal.value.errors] == [("file", code)]
    assert not SourceImage.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_person_keeps_only_so_many(alice: Person, settings: Settings) -> None:
    settings.SOURCE_IMAGES_PER_PERSON = 1
    keep(alice)
    with pytest.raises(TooManyImages):
        keep(alice, NOISE.rotate(90))
    assert SourceImage.objects.count() == 1


def test_an_upload_is_nobody_elses_and_not_public(alice: Person, bob: Person, model: DiffusionModel) -> None:
    image = keep(alice)
    with pytest.raises(Http404):
        by_cid(RequestFactory().get("/"), image.file.cid)
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=bob, prompt="a sun", init_image=image.pk)
    assert refusal.value.errors[0].code == "unknown_image"
    assert not Job.objects.exists()


def test_a_picture_from_a_picture_says_so(alice: Person, model: DiffusionModel) -> None:
    image, mask = keep(alice), keep(alice, Image.new("L", (96, 64), 255))
    job = submit_job(
        person=alice, prompt="a sun", init_image=image.pk, mask_image=mask.pk, strength=Decimal("0.7"), steps=3
    )
    assert (job.mode, job.width, job.height, job.sampling_key) == ("inpainting", 96, 64, "")
    draw_all()
    work = job.works.get()
    assert work.recipe["start"] == {
        "mode": "inpainting",
        "strength": "0.7",
        "init_image": {
            "content_hash": to_hex(bytes(image.file.sha256)),
            "pixel_hash": to_hex(bytes(image.pixel_hash)),
        },
        "mask_image": {"content_hash": to_hex(bytes(mask.file.sha256)), "pixel_hash": to_hex(bytes(mask.pixel_hash))},
    }
    assert work.recipe["reproducibility_class"]["pillow"]
    links = work.parent_links.order_by("role")
    assert [(link.role, link.image, link.parent) for link in links] == [("init", image, None), ("mask", mask, None)]


def test_the_same_picture_and_seed_give_the_same_pixels(alice: Person, model: DiffusionModel) -> None:
    image = keep(alice)
    jobs = [submit_job(person=alice, prompt="a sun", init_image=image.pk, seed=7) for _ in range(2)]
    draw_all()
    assert len({bytes(work.pixel_hash) for job in jobs for work in job.works.all()}) == 1


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown upload": ({"init_image": uuid4()}, "init_image", "unknown_image"),
    "unknown work": ({"init_work": uuid4()}, "init_work", "unknown_work"),
    "strength without a picture": ({"strength": Decimal("0.5")}, "strength", "no_effect"),
    "strength 0": ({"strength": Decimal(0)}, "strength", "out_of_range"),
    "strength 2": ({"strength": Decimal(2)}, "strength", "out_of_range"),
}


@pytest.mark.parametrize(("change", "field", "code"), BAD.values(), ids=BAD.keys())
def test_a_start_that_cannot_be_meant_is_named(
    alice: Person, model: DiffusionModel, change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", **change)
    assert (field, code) in [(error.field, error.code) for error in refusal.value.errors]
    assert not Job.objects.exists()


def test_a_mask_alone_has_no_effect(alice: Person, model: DiffusionModel) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", mask_image=keep(alice).pk)
    assert [error.code for error in refusal.value.errors] == ["no_effect"]


def test_a_strength_that_leaves_no_step_is_told(alice: Person, model: DiffusionModel) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", init_image=keep(alice).pk, steps=3, strength=Decimal("0.3"))
    assert refusal.value.errors[0].field == "strength"
    assert not Job.objects.exists()


def test_a_mode_that_the_model_lacks_is_told(alice: Person, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(pipeline_class="LatentConsistencyModelPipeline", takes_negative_prompt=False)
    image = keep(alice)
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", init_image=image.pk, mask_image=image.pk)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == ("mask_image", "not_with_this_model")
    assert "image_to_image" in refusal.value.detail


@pytest.mark.parametrize("change", [{"guidance_scale": Decimal(1)}, {"guidance_scale": Decimal(0)}])
def test_a_negative_prompt_that_would_be_ignored_is_told(
    alice: Person, model: DiffusionModel, change: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", negative_prompt="people", **change)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == ("negative_prompt", "no_effect")


@pytest.fixture
def work(alice: Person, model: DiffusionModel) -> Work:
    job = submit_job(person=alice, prompt="a {teal|navy} sun", negative_prompt="people", seed=7, steps=3)
    draw_all()
    return job.works.get()


def test_variations_start_from_the_work_with_its_words_and_a_new_seed(bob: Person, work: Work) -> None:
    subtle, strong = (vary_work(person=bob, work=work, strength=name, seed=1) for name in ("subtle", "strong"))
    draw_all()
    made = subtle.works.get()
    assert (made.prompt, made.seed, made.person) == (work.prompt, 1, bob)
    assert (subtle.strength, strong.strength, subtle.mode) == (Decimal("0.35"), Decimal("0.7"), "variation")
    assert made.recipe["start"]["init_image"]["content_hash"] == to_hex(bytes(work.content_hash))
    assert made.recipe["negative_prompt"] == "people"
    link = made.parent_links.get()
    assert (link.role, link.parent) == ("variation_of", work)
    assert len({bytes(other.pixel_hash) for other in Work.objects.all()}) == 3


def test_an_enlargement_has_twice_the_sides(bob: Person, work: Work) -> None:
    job = upscale_work(person=bob, work=work)
    draw_all()
    made = job.works.get()
    assert (made.width, made.height) == (2 * work.width, 2 * work.height)
    assert made.parent_links.get().role == "upscale_of"
    with pytest.raises(InvalidInput) as refusal:
        upscale_work(person=bob, work=made)
    assert [error.field for error in refusal.value.errors] == ["width", "height"]


def test_an_enlargement_is_drawn_as_its_model_asks(bob: Person, work: Work) -> None:
    DiffusionModel.objects.update(
        upscale_strength=Decimal("0.1"), upscale_guidance_scale=1, upscale_prompt="a picture"
    )
    work.refresh_from_db()
    job = upscale_work(person=bob, work=work)
    draw_all()
    made = job.works.get()
    assert (made.prompt, job.guidance_scale, job.strength, job.steps) == ("a picture", Decimal(1), Decimal("0.1"), 10)
    assert upscale_work(person=bob, work=work, prompt="waves").prompt == "waves"


def test_somebody_elses_private_words_are_not_used(alice: Person, bob: Person, work: Work) -> None:
    Work.objects.update(private_prompt=True)
    work.refresh_from_db()
    with pytest.raises(InvalidInput) as refusal:
        vary_work(person=bob, work=work, strength="subtle")
    assert refusal.value.errors[0].field == "prompt"
    job = vary_work(person=bob, work=work, strength="subtle", prompt="my own words")
    assert (job.prompt, job.negative_prompt, job.private_prompt) == ("my own words", "", False)
    assert vary_work(person=alice, work=work, strength="subtle").private_prompt


def test_private_negative_words_do_not_follow_into_a_public_recipe(alice: Person, work: Work) -> None:
    Work.objects.update(private_prompt=True)
    work.refresh_from_db()
    kept = vary_work(person=alice, work=work, strength="subtle")
    assert (kept.negative_prompt, kept.private_prompt) == ("people", True)
    public = upscale_work(person=alice, work=work, prompt="words for everybody")
    assert (public.negative_prompt, public.private_prompt) == ("", False)


def test_an_upload_that_was_used_is_kept(alice: Person, model: DiffusionModel) -> None:
    used, unused = keep(alice), keep(alice, NOISE.rotate(90))
    submit_job(person=alice, prompt="a sun", init_image=used.pk)
    source_images.delete_image(image=unused)
    with pytest.raises(ImageInUse):
        source_images.delete_image(image=used)
    assert list(SourceImage.objects.all()) == [used]


def test_a_parent_is_a_work_or_an_upload_and_nothing_else(alice: Person, work: Work) -> None:
    with pytest.raises(IntegrityError):
        WorkParent.objects.create(work=work, role="init")
