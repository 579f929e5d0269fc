"""A work is drawn again from its recipe, alone, and compared pixel by pixel."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Person
from generation.derived import vary_work
from generation.models import DiffusionModel, Work
from generation.reproducing import NotReproducible, find_work, reproduce
from generation.services import submit_job
from generation.worker import run_waiting_jobs
from provenance.digests import to_hex

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def works(alice: Person, model: DiffusionModel, settings: Settings) -> list[Work]:
    """Two works that were drawn in one mixed batch of two slots, the second with a private prompt."""
    settings.BATCH_SLOTS = 2
    submit_job(person=alice, prompt="a sun", negative_prompt="people", seed=1, steps=3)
    submit_job(person=alice, prompt="a secret", negative_prompt="noise", seed=2, steps=5, private_prompt=True)
    assert run_waiting_jobs(worker="w", stopping=lambda: False) == 2
    settings.BATCH_SLOTS = 0
    return list(Work.objects.order_by("seed"))


def refusal(work: Work) -> str:
    with pytest.raises(NotReproducible) as refused:
        reproduce(work)
    return refused.value.detail


def test_works_of_a_mixed_batch_are_reproduced_alone_bit_for_bit(works: list[Work]) -> None:
    for work in works:
        made = reproduce(work)
        assert made.is_equal
        assert made.class_here == made.class_there == work.recipe["reproducibility_class"]
        assert made.class_here["slots"] == 2


def test_another_picture_is_not_called_equal(works: list[Work]) -> None:
    works[0].recipe["seed"] = "9"
    made = reproduce(works[0])
    assert not made.is_equal
    assert made.render_hash_here != made.render_hash_there


def test_a_private_prompt_without_its_salt_is_refused(works: list[Work]) -> None:
    works[1].prompt_salt = None
    assert "salt" in refusal(works[1])


def test_a_private_prompt_that_is_not_the_committed_one_is_refused(works: list[Work]) -> None:
    works[1].prompt = "another secret"
    assert "not the one" in refusal(works[1])


def test_changed_weights_are_refused(works: list[Work]) -> None:
    DiffusionModel.objects.update(fingerprint="of other files", model_hash=b"\x01" * 32)
    assert "have changed" in refusal(works[0])


def test_missing_weights_are_refused(works: list[Work]) -> None:
    DiffusionModel.objects.update(source="/nowhere/at/all")
    assert "missing" in refusal(works[0])


def test_another_class_is_refused_and_the_difference_told(works: list[Work]) -> None:
    works[0].recipe["reproducibility_class"]["threads"] = 64
    detail = refusal(works[0])
    assert "threads was 64, here it is 1" in detail
    assert "dtype" not in detail


def test_another_engine_is_refused(works: list[Work]) -> None:
    works[0].recipe["engine_version"] = "colophon-engine/0"
    assert "colophon-engine/0" in refusal(works[0])


def test_what_cannot_be_followed_is_refused(works: list[Work]) -> None:
    works[0].recipe["hypernetwork"] = "0x00"
    assert "hypernetwork" in refusal(works[0])


@pytest.mark.parametrize("change", [{"adapters": [{"source": "x"}]}, {"start": {"mode": "variation"}}])
def test_other_adapters_or_pictures_than_are_here_are_refused(works: list[Work], change: dict[str, object]) -> None:
    works[0].recipe.update(change)
    assert next(iter(change)) in refusal(works[0])


def test_a_work_made_from_a_work_is_drawn_again_from_it(works: list[Work]) -> None:
    job = vary_work(person=works[0].person, work=works[0], strength="strong")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    assert reproduce(job.works.get()).is_equal


def test_a_work_is_found_by_its_id_and_by_its_content_hash(works: list[Work]) -> None:
    digest = to_hex(bytes(works[0].content_hash))
    assert find_work(str(works[0].pk)) == find_work(digest) == find_work(digest[2:]) == works[0]
    assert find_work(str(uuid4())) is find_work("a" * 64) is find_work("what") is None


def test_the_command_says_that_it_is_equal(works: list[Work]) -> None:
    said = StringIO()
    call_command("reproduce", str(works[0].pk), stdout=said)
    assert "equal: every pixel is the same" in said.getvalue()
    assert said.getvalue().count(to_hex(bytes(works[0].render_hash or b""))) == 2


def test_the_command_ends_with_1_when_it_is_not(works: list[Work]) -> None:
    Work.objects.filter(pk=works[0].pk).update(render_hash=b"\x00" * 32)
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reproduce", str(works[0].pk), stdout=said)
    assert ended.value.code == 1
    assert "not equal" in said.getvalue()


def test_the_command_says_why_it_cannot(works: list[Work]) -> None:
    DiffusionModel.objects.update(source="/nowhere/at/all")
    with pytest.raises(CommandError, match="are not here"):
        call_command("reproduce", str(works[0].pk))
    with pytest.raises(CommandError, match="no work"):
        call_command("reproduce", "a" * 64)
