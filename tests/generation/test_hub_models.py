"""Models from a hub: the commit that was asked for is drawn with, and the recipe names it. The hub is ours here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants, hf_api

from accounts.models import Person
from generation import registry
from generation.models import DiffusionModel, Work
from generation.services import submit_job
from generation.worker import run_waiting_jobs
from provenance.digests import to_hex
from provenance.manifests import model_hash, weights_manifest
from tests.generation.model_hub import hub_of

pytestmark = pytest.mark.django_db(transaction=True)

NAME, COMMIT = "colophon-tests/tiny", "c0ffee" * 6 + "c0ff"
FILES = "/{repo_id}/resolve/{revision}/{filename}"


@pytest.fixture
def hub_model(model: DiffusionModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DiffusionModel]:
    """The tiny pipeline at a hub, none of it in the cache."""
    with hub_of(registry.ensure_tiny_model(), name=NAME, commit=COMMIT) as address:
        # Read from the environment when they are imported.
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + FILES)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setattr(hf_api.api, "endpoint", address)
        monkeypatch.setattr("diffusers.pipelines.pipeline_utils.HF_HUB_CACHE", str(tmp_path), raising=False)
        model.source, model.revision, model.model_hash = NAME, COMMIT, None
        model.save()
        yield model


@pytest.mark.parametrize("asked", [COMMIT, ""])
def test_a_hub_model_is_drawn_with_at_its_commit_and_the_recipe_says_so(
    alice: Person, hub_model: DiffusionModel, asked: str
) -> None:
    DiffusionModel.objects.update(revision=asked)
    submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    recipe = Work.objects.get().recipe
    hub_model.refresh_from_db()
    assert hub_model.model_hash is not None
    assert recipe["model"] == {
        "source": NAME, "revision": COMMIT, "model_hash": to_hex(bytes(hub_model.model_hash))
    }  # fmt: skip


def test_a_hub_model_has_the_hash_that_the_same_files_have_in_a_folder(
    alice: Person, hub_model: DiffusionModel
) -> None:
    submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    hub_model.refresh_from_db()
    assert hub_model.model_hash == model_hash(weights_manifest(registry.ensure_tiny_model()))


def test_a_commit_that_the_hub_does_not_have_fails_the_job_and_draws_nothing(
    alice: Person, hub_model: DiffusionModel
) -> None:
    DiffusionModel.objects.update(revision="bad" * 13 + "b")
    job = submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    job.refresh_from_db()
    assert (job.status, job.error_code, Work.objects.count()) == ("failed", "model_unavailable", 0)
