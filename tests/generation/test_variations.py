"""Works from works: varied and enlarged."""

from decimal import Decimal

import pytest
from django.db import IntegrityError

from accounts.models import Person
from api.errors import InvalidInput
from generation.derived import upscale_work, vary_work
from generation.models import DiffusionModel, Work, WorkParent
from generation.services import submit_job
from provenance.digests import to_hex
from tests.generation.uploads import draw_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob() -> Person:
    return Person.objects.create_user(username="bob")


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


def test_a_parent_is_a_work_or_an_upload_and_nothing_else(alice: Person, work: Work) -> None:
    with pytest.raises(IntegrityError):
        WorkParent.objects.create(work=work, role="init")
