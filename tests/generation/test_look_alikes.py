"""Works that look like a picture: found, confirmed, and kept."""

import io
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from generation import comparing
from generation.lookalikes import look_alikes
from generation.lookalikes.index import whole_pictures
from generation.lookalikes.searching import near_in_database
from generation.models import PerceptualHash, Resemblance, Work
from provenance.fingerprints import TILES, pdq
from tests.provenance.drawings import saved
from tests.web import samples

pytestmark = pytest.mark.django_db(transaction=True)


def work_with(person: Person, picture: Image.Image) -> Work:
    """A work whose published file shows this picture, not compared yet."""
    return samples.a_work(person, picture=picture)


@pytest.fixture
def sun(alice: Person) -> Image.Image:
    return samples.draw(4, (256, 256), (20, 44, 74), (30, 148, 142))


@pytest.fixture
def work(alice: Person, sun: Image.Image) -> Work:
    found = work_with(alice, sun)
    comparing.compare_waiting_works()
    return found


@pytest.fixture
def strangers(alice: Person) -> list[Work]:
    made = [samples.a_work(alice, number=number) for number in range(4)]
    comparing.compare_waiting_works()
    return made


def test_the_same_pixels_are_exact(work: Work, sun: Image.Image, strangers: list[Work]) -> None:
    (match,) = look_alikes(sun, fresh=True)
    assert (match.work, match.kind, match.distance) == (work, "exact", 0)


def test_a_saved_and_shrunk_copy_is_near(work: Work, sun: Image.Image, strangers: list[Work]) -> None:
    (match,) = look_alikes(saved(sun.resize((128, 128))), fresh=True)
    assert (match.work, match.kind) == (work, "near")
    assert match.distance <= 31


def test_a_crop_is_found(work: Work, sun: Image.Image, strangers: list[Work]) -> None:
    (match,) = look_alikes(saved(sun.crop((8, 10, 246, 248))), fresh=True)
    assert (match.work, match.kind) == (work, "crop")
    assert match.correlation >= 0.97


def test_a_strangers_picture_resembles_nothing(work: Work, strangers: list[Work]) -> None:
    assert look_alikes(Image.effect_noise((256, 256), 90).convert("RGB"), fresh=True) == []


def test_a_work_whose_file_is_gone_confirms_nothing(work: Work, sun: Image.Image) -> None:
    work.file.path = "files/none"
    work.file.save()
    assert look_alikes(saved(sun), fresh=True) == []


def test_index_and_database_give_the_same_answer(work: Work, strangers: list[Work]) -> None:
    asked = pdq(samples.draw(4, (256, 256), (20, 44, 74), (30, 148, 142))).bits
    found = whole_pictures.near(asked, within=256, fresh=True)
    assert found == near_in_database(asked, within=256, crops=False)
    assert len(found) == 5


def test_an_index_that_would_grow_too_large_leaves_it_to_the_database(
    work: Work, strangers: list[Work], sun: Image.Image, settings: Settings
) -> None:
    settings.LOOK_ALIKE_ROWS_IN_MEMORY = 2
    (match,) = look_alikes(saved(sun), fresh=True)
    assert match.work == work


def test_a_row_that_is_committed_late_is_still_seen(alice: Person, sun: Image.Image) -> None:
    early, late = work_with(alice, sun), samples.a_work(alice, number=3)
    hashed = pdq(sun)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('generation_perceptualhash_id_seq')")
        (drawn_early,) = cursor.fetchone()
    PerceptualHash.objects.create(work=late, place=0, bits=bytes(32), quality=100)
    assert whole_pictures.near(hashed.bits, within=0, fresh=True) == []
    PerceptualHash.objects.create(pk=drawn_early, work=early, place=0, bits=hashed.bits, quality=hashed.quality)
    assert [near.row for near in whole_pictures.near(hashed.bits, within=0, fresh=True)] == [drawn_early]


def test_a_new_work_is_compared_with_those_before_it(alice: Person, work: Work, sun: Image.Image) -> None:
    copy = work_with(alice, saved(sun, 60))
    assert comparing.compare_waiting_works() == 1
    resemblance = Resemblance.objects.get()
    assert (resemblance.work, resemblance.earlier, resemblance.kind) == (copy, work, "near")
    copy.refresh_from_db()
    assert copy.compared_at is not None
    assert copy.iscc.startswith("ISCC:EE")
    assert PerceptualHash.objects.filter(work=copy).count() == 1 + len(TILES)
    assert comparing.compare_waiting_works() == 0


def test_the_backfill_can_be_run_again(work: Work, strangers: list[Work]) -> None:
    def rows() -> set[tuple[UUID, int, bytes]]:
        return {(row.work_id, row.place, bytes(row.bits)) for row in PerceptualHash.objects.all()}

    before, said = rows(), io.StringIO()
    call_command("compare_works", stdout=said)
    assert (rows(), said.getvalue()) == (before, "Done: 0 works compared, none waits.\n")
    call_command("compare_works", "--again", stdout=said)
    assert rows() == before
    assert said.getvalue().endswith("Done: 5 works compared, none waits.\n")
