"""A work to be run again."""

import pytest

from accounts.models import Person
from generation.models import DiffusionModel, Work
from generation.services import submit_job
from tests.generation.reruns.asking import STEPS, run


@pytest.fixture
def work(alice: Person, model: DiffusionModel) -> Work:
    submit_job(person=alice, prompt="a sun", seed=1, steps=STEPS)
    assert run("first") == 1
    return Work.objects.get()
