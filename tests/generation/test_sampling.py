"""Which jobs may share a batch."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Person
from generation.models import DiffusionModel, Job
from generation.sampling import sampling_key
from generation.services import submit_job

WISH: dict[str, Any] = {"model_id": UUID(int=7), "width": 64, "height": 64, "guidance_scale": Decimal(2)}
KEY = sampling_key(**WISH)


def test_the_key_does_not_change_from_release_to_release() -> None:
    assert KEY == "6b92d76fc6b0ac4f624ef7194bbb0a804c794712d0dade302b7a3446d72138ed"


@pytest.mark.parametrize("scale", ["1.001", "2.000", "30"])
def test_the_strength_of_guidance_may_differ_inside_a_batch(scale: str) -> None:
    assert sampling_key(**{**WISH, "guidance_scale": Decimal(scale)}) == KEY


@pytest.mark.parametrize(
    "other",
    [
        {"model_id": UUID(int=8)},
        {"width": 128},
        {"height": 128},
        {"guidance_scale": Decimal(1)},
        {"guidance_scale": Decimal(0)},
        {"mode": "inpaint"},
        {"scheduler": "EulerDiscreteScheduler"},
        {"adapters": [("0x01", Decimal(1))]},
    ],
)
def test_what_changes_the_calls_of_the_network_changes_the_key(other: dict[str, Any]) -> None:
    assert sampling_key(**{**WISH, **other}) != KEY


def test_adapters_count_in_their_order_and_strength() -> None:
    keys = {
        sampling_key(**WISH, adapters=adapters)
        for adapters in (
            [("0x01", Decimal(1)), ("0x02", Decimal("0.5"))],
            [("0x02", Decimal("0.5")), ("0x01", Decimal(1))],
            [("0x01", Decimal("0.9")), ("0x02", Decimal("0.5"))],
        )
    }
    assert len(keys) == 3


@pytest.mark.django_db
def test_a_job_has_its_key_from_the_start(alice: Person, model: DiffusionModel) -> None:
    one, two = (submit_job(person=alice, prompt=text, steps=steps) for text, steps in (("a", 3), ("b", 9)))
    guided_less = submit_job(person=alice, prompt="a", guidance_scale=Decimal(1))
    keys = dict(Job.objects.values_list("pk", "sampling_key"))
    assert keys[one.pk] == keys[two.pk]
    assert keys[guided_less.pk] != keys[one.pk]
    assert all(len(key) == 64 for key in keys.values())
