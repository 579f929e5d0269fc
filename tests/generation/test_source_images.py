"""Uploads to start from: what is kept of them, and who may use them."""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as settings_of_django
from django.http import Http404
from django.test import RequestFactory
from PIL import Image
from PIL.ExifTags import Base
from pytest_django import Settings

from accounts.models import Person
from api.errors import InvalidInput
from generation import source_images
from generation.errors import ImageInUse, TooManyImages
from generation.files import by_cid
from generation.models import DiffusionModel, Job, SourceImage, StoredFile, Work
from generation.services import submit_job
from generation.storage import read_bytes
from provenance.certificates import load_or_create_anchors, load_or_create_signer
from provenance.credentials import COMPOSITE_WITH_TRAINED_MEDIA, embed, read
from provenance.digests import pixel_hash
from tests.generation.uploads import NOISE, draw_all, file_of, keep

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob() -> Person:
    return Person.objects.create_user(username="bob")


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


def test_an_upload_that_was_used_is_kept(alice: Person, model: DiffusionModel) -> None:
    used, unused = keep(alice), keep(alice, NOISE.rotate(90))
    submit_job(person=alice, prompt="a sun", init_image=used.pk)
    source_images.delete_image(image=unused)
    with pytest.raises(ImageInUse):
        source_images.delete_image(image=used)
    assert list(SourceImage.objects.all()) == [used]
