"""A saved or shrunk copy is told as one, however many works there are, and whether memory or the database answers."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from django.conf import settings as configured
from django.db import connection
from PIL import Image
from pytest_django import Settings

from bench import verification
from generation.lookalikes.index import crops, whole_pictures
from generation.models import PerceptualHash, Work
from generation.publishing import marking
from generation.publishing.mark_index import issued_marks
from generation.storage import read_bytes
from provenance.fingerprints import NEAR, distance, pdq
from provenance.watermarks import MIN_SIDE
from tests.verification.conftest import encoded
from tests.verification.published import drawing, opened, publish
from verification.services import verify_file

pytestmark = pytest.mark.django_db(transaction=True)

COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG 75": lambda picture: encoded(picture, "JPEG", quality=75),
    "half size": lambda picture: encoded(picture.resize((picture.width // 2, picture.height // 2)), "PNG"),
    "half size, JPEG 75": lambda picture: encoded(
        picture.resize((picture.width // 2, picture.height // 2)), "JPEG", quality=75
    ),
}
OTHERS = 1000


def faint() -> Image.Image:
    return Image.fromarray(np.tile(np.linspace(100, 104, 256).astype(np.uint8)[None, :, None], (256, 1, 3)))


def grain(sides: tuple[int, int] = (256, 256)) -> Image.Image:
    chance = np.random.default_rng(3)
    return Image.fromarray(np.clip(chance.normal(128, 40, (sides[1], sides[0], 3)), 0, 255).astype(np.uint8))


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "a drawing": lambda: drawing(11),
    "another drawing": lambda: drawing(16),
    "black": lambda: Image.new("RGB", (256, 256)),
    "a faint gradient": faint,
    "grain": grain,
    "a wide one": lambda: grain((256, 128)).resize((640, 128)),
}
TOO_SMALL = (31, 36)
"""seeds of works with too little room for a mark"""


@pytest.fixture(params=["in memory", "in the database"])
def searched(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    """Who answers; other tests' rows are forgotten before and after."""
    for index in (whole_pictures, crops, issued_marks):
        index.forget()
    if request.param == "in the database":
        settings.LOOK_ALIKE_ROWS_IN_MEMORY = 0
    yield
    for index in (whole_pictures, crops, issued_marks):
        index.forget()


def fill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other works, each with a hash and a mark of its own."""
    monkeypatch.setattr(verification, "WORKS", Work.objects.count() + OTHERS)
    verification._fill()
    for index in (whole_pictures, issued_marks):
        index.forget()
    assert (issued_marks.near(0, within=64) is None) == (configured.LOOK_ALIKE_ROWS_IN_MEMORY == 0)


@pytest.mark.usefixtures("searched")
def test_a_saved_or_shrunk_copy_of_a_work_is_always_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    works = publish((number, make()) for number, make in enumerate(PICTURES.values()))
    fill(monkeypatch)
    for name, work in zip(PICTURES, works, strict=True):
        for how, copied in COPIES.items():
            report = verify_file(copied(opened(read_bytes(work.file))))
            assert (name, how, report.verdict, report.work_id) == (name, how, "copy", str(work.pk))


@pytest.mark.usefixtures("searched")
def test_a_copy_of_a_work_too_small_for_a_mark_resembles_it_and_may_be_a_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looks alone never make a copy: with the same model a stranger may draw the same."""
    side = MIN_SIDE - 8
    works = publish((seed, drawing(seed).resize((side, side))) for seed in TOO_SMALL)
    fill(monkeypatch)
    told = []
    for work in works:
        assert work.watermark_id is None
        original = opened(read_bytes(work.file))
        for copied in COPIES.values():
            file = copied(original)
            near = distance(pdq(opened(file)).bits, pdq(original).bits) <= NEAR
            report = verify_file(file)
            assert (report.verdict, report.work_id) == ("resembles", None)
            assert report.matches[0].work == work
            assert ("this may be one: looks alone cannot say" in report.sentence) == near
            told.append(near)
    assert told.count(True) >= len(works)


def test_what_looks_like_a_work_but_lacks_its_mark_is_no_copy() -> None:
    """Somebody may have drawn the same: whoever saves a published file saves its mark, too."""
    publish([(11, drawing(11))])
    report = verify_file(encoded(drawing(11), "JPEG", quality=75))
    assert (report.verdict, report.work_id) == ("resembles", None)
    assert "may be one" not in report.sentence


@pytest.mark.usefixtures("searched")
def test_a_mark_that_is_nearer_by_chance_does_not_hide_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    work, other = publish([(11, drawing(11)), (16, drawing(16))])
    fill(monkeypatch)
    file = COPIES["JPEG 75"](opened(read_bytes(work.file)))
    (found,) = marking.find_marked_works(opened(file))
    spelled = marking.unsigned(work.watermark_id or 0)
    # The right one is now the farther of two.
    Work.objects.filter(pk=work.pk).update(watermark_id=marking.signed(spelled ^ 0b1110))
    Work.objects.filter(pk=other.pk).update(watermark_id=marking.signed(spelled))
    issued_marks.forget()
    first, second = marking.find_marked_works(opened(file))
    assert (first.work, second.work) == (other, found.work)
    report = verify_file(file)
    assert (report.verdict, report.work_id) == ("copy", str(work.pk))


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize("nearer", ["hidden", "other"])
def test_however_many_others_are_nearer_by_hash_the_right_one_is_compared(
    nearer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where there are many flat pictures, whose hashes say little; here 60 of them, and 1,000 that are hidden."""
    (work,) = publish([(31, drawing(31).resize((96, 96)))])
    fill(monkeypatch)
    file = COPIES["half size, JPEG 75"](opened(read_bytes(work.file)))
    others = PerceptualHash.objects.exclude(work=work)
    if nearer == "hidden":
        Work.objects.exclude(pk=work.pk).update(review_state="hidden")
    else:
        Work.objects.exclude(pk=work.pk).update(file=publish([(16, drawing(16))])[0].file)
        others = others.filter(pk__in=list(others.order_by("pk").values_list("pk", flat=True)[:60]))
    others.update(bits=pdq(opened(file)).bits)
    whole_pictures.forget()
    report = verify_file(file)
    assert (report.verdict, work in [match.work for match in report.matches]) == ("resembles", True)


def test_index_and_database_name_the_same_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    publish([(11, drawing(11))])
    fill(monkeypatch)
    issued_marks.forget()
    near = issued_marks.near(0, within=32)
    assert near
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM generation_work WHERE bit_count(watermark_id::bit(64)) <= 32")
        assert cursor.fetchone() == (len(near),)
