"""A person, the tiny real model, and jobs of theirs."""

import pytest

from accounts.models import Person
from generation import registry
from generation.lookalikes import index
from generation.models import DiffusionModel, Job
from generation.services import submit_job


@pytest.fixture(autouse=True)
def empty_indexes() -> None:
    """The database is emptied between tests; what processes keep in memory must be, too."""
    index.whole_pictures.forget()
    index.crops.forget()


@pytest.fixture
def alice() -> Person:
    return Person.objects.create_user(username="alice", password="a long enough password")


@pytest.fixture
def model(db: None) -> DiffusionModel:
    """The tiny pipeline of real diffusers classes; its files are made once per test run."""
    folder = registry.ensure_tiny_model()
    tiny = DiffusionModel.objects.create(
        slug="tiny",
        name="Tiny",
        source=str(folder),
        default_steps=3,
        default_width=64,
        default_height=64,
        max_side=128,
        is_default=True,
        pipeline_class="StableDiffusionPipeline",
    )
    registry.refresh_hash(tiny, folder)
    return tiny


@pytest.fixture
def job(alice: Person, model: DiffusionModel) -> Job:
    return submit_job(person=alice, prompt="a teal sun over navy waves", seed=7)
