"""Submitting a job: what is refused, and what is filled in."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from accounts.models import Person
from api.errors import InvalidInput
from generation.errors import TooManyJobs, UnknownModel
from generation.models import DiffusionModel, Job
from generation.services import submit_job

pytestmark = pytest.mark.django_db

BAD = {
    "empty": ({"prompt": ""}, "prompt", "required"),
    "only spaces": ({"prompt": " \n\t "}, "prompt", "required"),
    "1001 characters": ({"prompt": "é" * 1001}, "prompt", "too_long"),
    "control character": ({"prompt": "sun\x00set"}, "prompt", "control_character"),
    "escape sequence": ({"prompt": "\x1b[31mred"}, "prompt", "control_character"),
    "half a surrogate pair": ({"prompt": "sun \ud83c"}, "prompt", "control_character"),
    "direction override": ({"prompt": "a \u202egnp.exe"}, "prompt", "direction_control"),
    "direction isolate": ({"prompt": "a \u2066sun\u2069"}, "prompt", "direction_control"),
    "bad negative prompt": ({"negative_prompt": "\u202e"}, "negative_prompt", "direction_control"),
    "negative seed": ({"seed": -1}, "seed", "out_of_range"),
    "seed no JSON reader holds": ({"seed": 2**53}, "seed", "out_of_range"),
    "last seed too large": ({"seed": 2**53 - 1, "count": 2}, "seed", "out_of_range"),
    "nothing to be seen": ({"prompt": "\u200b \ufeff\u200e"}, "prompt", "required"),
    "no steps": ({"steps": 0}, "steps", "out_of_range"),
    "101 steps": ({"steps": 101}, "steps", "out_of_range"),
    "guidance 31": ({"guidance_scale": Decimal(31)}, "guidance_scale", "out_of_range"),
    "negative guidance": ({"guidance_scale": Decimal(-1)}, "guidance_scale", "out_of_range"),
    "guidance not a number": ({"guidance_scale": Decimal("NaN")}, "guidance_scale", "out_of_range"),
    "guidance too fine": ({"guidance_scale": Decimal("1.0001")}, "guidance_scale", "out_of_range"),
    "width no multiple": ({"width": 65}, "width", "out_of_range"),
    "too wide": ({"width": 136}, "width", "out_of_range"),
    "too low": ({"height": 56}, "height", "out_of_range"),
    "no pictures": ({"count": 0}, "count", "out_of_range"),
    "nine pictures": ({"count": 9}, "count", "out_of_range"),
}


@pytest.mark.parametrize(("change", "field", "code"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_and_nothing_is_queued(
    alice: Person, model: DiffusionModel, change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(**{"person": alice, "prompt": "a sun", **change})
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]
    assert refusal.value.status == 422
    assert not Job.objects.exists()


def test_one_answer_names_every_fault(alice: Person, model: DiffusionModel) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="", steps=0, width=3, count=99)
    assert {error.field for error in refusal.value.errors} == {"prompt", "steps", "width", "count"}


def test_an_unknown_model_is_named_with_the_other_faults(alice: Person, model: DiffusionModel) -> None:
    with pytest.raises(UnknownModel) as refusal:
        submit_job(person=alice, prompt="", model="nothing")
    assert [error.field for error in refusal.value.errors] == ["model", "prompt"]
    assert "tiny" in refusal.value.detail


def test_a_disabled_model_is_unknown(alice: Person, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(enabled=False)
    with pytest.raises(UnknownModel):
        submit_job(person=alice, prompt="a sun", model="tiny")


def test_defaults_come_from_the_model(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a sun")
    assert (job.model, job.steps, job.width, job.height, job.count) == (model, 3, 64, 64, 1)
    assert job.guidance_scale == 2
    assert 0 <= job.seed < 2**32
    assert (job.status, job.total_steps) == ("queued", 3)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a  sun\nover\twaves ", "a sun over waves"),
        ("cafe\u0301", "caf\u00e9"),
        ("שמש מעל הים", "שמש מעל הים"),
        ("👩\u200d🎨 at work", "👩\u200d🎨 at work"),
        ("x" * 1000, "x" * 1000),
    ],
    ids=["white space", "NFC", "right-to-left", "joined emoji", "1000 characters"],
)
def test_ordinary_writing_of_any_kind_is_kept(alice: Person, model: DiffusionModel, typed: str, kept: str) -> None:
    assert submit_job(person=alice, prompt=typed).prompt == kept


@override_settings(JOBS_IN_FLIGHT_PER_PERSON=2)
def test_a_person_has_only_so_many_unfinished_jobs(alice: Person, model: DiffusionModel) -> None:
    bob = Person.objects.create_user(username="bob")
    first = submit_job(person=alice, prompt="1")
    submit_job(person=alice, prompt="2")
    with pytest.raises(TooManyJobs) as refusal:
        submit_job(person=alice, prompt="3")
    assert refusal.value.status == 429
    assert Job.objects.of(alice).count() == 2
    submit_job(person=bob, prompt="another person's")
    Job.objects.filter(pk=first.pk).update(status="succeeded")
    submit_job(person=alice, prompt="3")
