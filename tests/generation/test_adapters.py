"""LoRA adapters: configured, hashed, weighted, stacked, and taken off without a trace."""

import hashlib
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import Person
from api.errors import InvalidInput
from generation import registry
from generation.engine import pipelines
from generation.engine.adapter_files import find_adapters
from generation.engine.adapters import Applied
from generation.engine.errors import EngineError
from generation.engine.rendering import Drawing, draw
from generation.models import Adapter, DiffusionModel, Job
from generation.services import submit_job
from generation.worker import run_waiting_jobs
from provenance.digests import pixel_hash, to_hex
from tests.generation.tiny_models import save_lora

pytestmark = pytest.mark.django_db
SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)


@pytest.fixture(scope="session")
def loras(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("loras")
    return save_lora(folder / "teal.safetensors", seed=1), save_lora(folder / "navy.safetensors", seed=2)


@pytest.fixture
def adapters(db: None, loras: tuple[Path, Path], settings: Settings) -> list[Adapter]:
    settings.GENERATION_ADAPTERS = [{"source": str(file), "family": "sd", "licence": "CC0-1.0"} for file in loras]
    return registry.sync_adapters()


def hash_with(loaded: pipelines.Loaded, *applied: Applied) -> bytes:
    wish = Drawing(
        prompt="a sun", negative_prompt="", seeds=[7], steps=2, guidance_scale=2, width=64, height=64,
        adapters=applied,
    )  # fmt: skip
    return pixel_hash(draw(loaded, wish, setup=SETUP, on_step=lambda _: None)[0].image)


def applied(file: Path, weight: str) -> Applied:
    return Applied(slug=file.stem, source=file.stem, file=file, digest="0x" + file.stem, weight=weight)


def test_adapters_are_weighted_stacked_and_leave_no_trace(loras: tuple[Path, Path]) -> None:
    loaded = pipelines.PipelineCache(SETUP).get(registry.ensure_tiny_model(), b"")
    teal, navy = loras
    bare = hash_with(loaded)
    strong, weak = hash_with(loaded, applied(teal, "1")), hash_with(loaded, applied(teal, "0.2"))
    both = hash_with(loaded, applied(teal, "1"), applied(navy, "0.8"))
    assert len({bare, strong, weak, both}) == 4
    assert hash_with(loaded, applied(teal, "1")) == strong
    assert hash_with(loaded) == bare


def test_a_file_that_is_no_adapter_is_told_and_the_model_stays_as_it_was(tmp_path: Path) -> None:
    loaded = pipelines.PipelineCache(SETUP).get(registry.ensure_tiny_model(), b"")
    bare = hash_with(loaded)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not weights")
    with pytest.raises(EngineError) as error:
        hash_with(loaded, applied(broken, "1"))
    assert error.value.code == "adapter_unusable"
    assert hash_with(loaded) == bare


def test_the_table_says_what_is_configured(adapters: list[Adapter], loras: tuple[Path, Path]) -> None:
    assert [(adapter.slug, adapter.family, adapter.licence) for adapter in adapters] == [
        ("teal", "sd", "CC0-1.0"),
        ("navy", "sd", "CC0-1.0"),
    ]
    assert adapters[0].adapter_hash == hashlib.sha256(loras[0].read_bytes()).digest()


def test_what_is_no_longer_configured_is_disabled_and_kept(adapters: list[Adapter], settings: Settings) -> None:
    settings.GENERATION_ADAPTERS = []
    call_command("sync_models", verbosity=0)
    assert list(Adapter.objects.values_list("slug", "enabled")) == [("navy", False), ("teal", False)]


@pytest.mark.parametrize(
    "entry",
    [{}, {"source": "a/b"}, {"source": "a/b", "family": "vogue"}, {"source": "a/b", "family": "sd", "x": 1}, "a"],
)
def test_an_entry_that_cannot_be_meant_is_refused(db: None, entry: object, settings: Settings) -> None:
    settings.GENERATION_ADAPTERS = [entry]
    with pytest.raises(ImproperlyConfigured):
        registry.sync_adapters()
    assert not Adapter.objects.exists()


BAD = {
    "unknown": ([{"adapter": "nothing"}], "adapters.0.adapter", "unknown_adapter"),
    "twice": ([{"adapter": "teal"}, {"adapter": "teal"}], "adapters.1.adapter", "named_twice"),
    "weight 0": ([{"adapter": "teal", "weight": "0"}], "adapters.0.weight", "out_of_range"),
    "weight 3": ([{"adapter": "teal", "weight": "3"}], "adapters.0.weight", "out_of_range"),
    "no number": ([{"adapter": "teal", "weight": "much"}], "adapters.0.weight", "out_of_range"),
    "five": ([{"adapter": "teal"}] * 5, "adapters", "too_many"),
}


@pytest.mark.parametrize(("wish", "field", "code"), BAD.values(), ids=BAD.keys())
def test_bad_adapters_are_named_and_nothing_is_queued(
    alice: Person, model: DiffusionModel, adapters: list[Adapter], wish: list[dict[str, str]], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", adapters=wish)
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]
    assert not Job.objects.exists()


def test_an_adapter_of_another_family_does_not_fit(
    alice: Person, model: DiffusionModel, adapters: list[Adapter]
) -> None:
    Adapter.objects.filter(slug="teal").update(family="sdxl")
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", adapters=[{"adapter": "teal"}])
    assert refusal.value.errors[0].code == "does_not_fit"


def test_jobs_with_other_adapters_do_not_share_a_batch(
    alice: Person, model: DiffusionModel, adapters: list[Adapter]
) -> None:
    keys = {
        submit_job(person=alice, prompt="a sun", adapters=wish).sampling_key
        for wish in ([], [{"adapter": "teal"}], [{"adapter": "teal", "weight": "0.5"}], [{"adapter": "navy"}])
    }
    assert len(keys) == 4


@pytest.mark.django_db(transaction=True)
def test_a_recipe_names_its_adapters(alice: Person, model: DiffusionModel, adapters: list[Adapter]) -> None:
    wish = [{"adapter": "teal", "weight": "0.80"}, {"adapter": "navy"}]
    job = submit_job(person=alice, prompt="a sun", seed=7, adapters=wish)
    plain = submit_job(person=alice, prompt="a sun", seed=7)
    run_waiting_jobs(worker="w", stopping=lambda: False)
    work = job.works.get()
    assert work.recipe["adapters"] == [
        {"source": "teal", "model_hash": to_hex(bytes(adapters[0].adapter_hash or b"")), "scale": "0.8"},
        {"source": "navy", "model_hash": to_hex(bytes(adapters[1].adapter_hash or b"")), "scale": "1"},
    ]
    assert work.recipe["reproducibility_class"]["peft"]
    bare = plain.works.get()
    assert bare.recipe["adapters"] == []
    assert "peft" not in bare.recipe["reproducibility_class"]
    assert bare.pixel_hash != work.pixel_hash


def test_a_missing_adapter_file_is_an_engine_error(adapters: list[Adapter], tmp_path: Path) -> None:
    Adapter.objects.filter(slug="teal").update(source=str(tmp_path / "gone.safetensors"))
    with pytest.raises(EngineError) as error:
        find_adapters([{"adapter": "teal", "weight": "1"}])
    assert error.value.code == "adapter_missing"
