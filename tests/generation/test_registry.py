"""Which models there are."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from generation import checks, registry
from generation.models import DiffusionModel
from generation.registry import hashing, switching
from provenance.canonical import canonical_hash
from tests.generation.original_layout import save_single_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may change."""
    return Path(shutil.copytree(registry.ensure_tiny_model(), tmp_path / "my-model"))


def test_a_folder_tells_its_own_defaults(folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder), "licence": "MIT"}]
    call_command("sync_models", verbosity=0)
    model = DiffusionModel.objects.get()
    assert (model.slug, model.source, model.licence, model.is_default) == ("my-model", str(folder), "MIT", True)
    assert (model.default_width, model.default_height, model.size_multiple, model.max_side) == (64, 64, 8, 128)


def test_colophon_json_in_the_folder_overrides_them(folder: Path, settings: Settings) -> None:
    notes = {
        "name": "Mine",
        "default_steps": 16,
        "default_guidance_scale": 2.5,
        "default_size": 128,
        "licence": "CC0",
    }
    (folder / "colophon.json").write_text(json.dumps(notes))
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    model = registry.sync_models()[0]
    model.refresh_from_db()
    assert (model.name, model.default_steps, model.default_width, model.licence) == ("Mine", 16, 128, "CC0")
    assert str(model.default_guidance_scale) == "2.500"


def test_the_model_hash_is_that_of_the_manifest_of_its_files(folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    model = registry.sync_models()[0]
    weights = folder / "unet/diffusion_pytorch_model.safetensors"
    expected = "0x" + hashlib.sha256(weights.read_bytes()).hexdigest()
    assert model.manifest["unet/diffusion_pytorch_model.safetensors"] == expected
    assert model.model_hash == canonical_hash(model.manifest)


def test_unchanged_files_are_hashed_once(folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    before = registry.sync_models()[0]

    def hashed_again(_folder: Path) -> dict[str, str]:
        raise AssertionError("hashed again")

    with monkeypatch.context() as patch:
        patch.setattr(hashing, "weights_manifest", hashed_again)
        assert bytes(registry.sync_models()[0].model_hash or b"") == before.model_hash
    with (folder / "vae/config.json").open("a") as file:
        file.write(" ")
    assert registry.sync_models()[0].model_hash != before.model_hash


def test_the_tiny_model_is_the_same_every_time(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "generation.engine.tiny", tmp_path], check=True)
    name = "unet/diffusion_pytorch_model.safetensors"
    assert (tmp_path / name).read_bytes() == (registry.ensure_tiny_model() / name).read_bytes()


def test_what_is_no_longer_configured_is_disabled_and_kept(folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    registry.sync_models()
    settings.GENERATION_MODELS = [{"slug": "next", "source": "somebody/some-model", "default_steps": 30}]
    registry.sync_models()
    facts = DiffusionModel.objects.order_by("slug").values_list("slug", "enabled", "is_default", "default_steps")
    assert list(facts) == [("my-model", False, False, 20), ("next", True, True, 30)]
    assert DiffusionModel.objects.get(slug="next").model_hash is None


@pytest.mark.parametrize("entry", [{}, {"source": ""}, {"source": "a/b", "speed": 3}, "a/b"])
def test_an_entry_that_cannot_be_meant_is_refused(entry: object, settings: Settings) -> None:
    settings.GENERATION_MODELS = [entry]
    with pytest.raises(ImproperlyConfigured):
        registry.sync_models()
    assert not DiffusionModel.objects.exists()
    assert [message.id for message in checks.check_models()] == ["generation.E001"]


def test_a_missing_model_folder_is_told(tmp_path: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"slug": "gone", "source": str(tmp_path / "gone")}]
    assert [message.id for message in checks.check_models()] == ["generation.W001"]
    assert registry.sync_models()[0].model_hash is None


def test_senseless_numbers_and_types_are_told(settings: Settings) -> None:
    settings.TORCH_DTYPE, settings.BATCH_SLOTS, settings.JOB_LEASE_SECONDS = "float8", -1, 0
    assert sorted(message.id or "" for message in checks.check_engine()) == [
        "generation.E002", "generation.E003", "generation.E003",
    ]  # fmt: skip


@pytest.fixture
def single_file(tmp_path: Path) -> Path:
    """The tiny model in one file, in the layout of Stable Diffusion's makers."""
    return save_single_file(registry.ensure_tiny_model(), tmp_path / "my_model.safetensors")


def test_a_single_file_is_hashed_with_its_configuration(single_file: Path, folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(single_file), "config": str(folder), "licence": "MIT"}]
    model = registry.sync_models()[0]
    assert (model.slug, model.default_width, model.pipeline_class) == ("my_model", 64, "StableDiffusionPipeline")
    assert model.manifest["my_model.safetensors"] == "0x" + hashlib.sha256(single_file.read_bytes()).hexdigest()
    assert "config/model_index.json" in model.manifest
    assert not any(name.startswith("config/unet/diff") for name in model.manifest)
    assert model.model_hash == canonical_hash(model.manifest)


def test_a_single_file_needs_its_configuration(single_file: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(single_file)}]
    with pytest.raises(ImproperlyConfigured, match="config"):
        registry.sync_models()


def test_a_missing_single_file_is_told(tmp_path: Path, folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(tmp_path / "gone.safetensors"), "config": str(folder)}]
    assert [message.id for message in checks.check_models()] == ["generation.W001"]
    assert registry.sync_models()[0].model_hash is None


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "float8"},
        {"attention": "xformers"},
        {"offload": "disk"},
        {"image_checker": "human"},
        {"compile": "yes"},
        {"config": "x"},
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(change: dict[str, object], settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": "a/b", **change}]
    with pytest.raises(ImproperlyConfigured, match=next(iter(change))):
        registry.sync_models()
    assert not DiffusionModel.objects.exists()


def test_settings_of_a_model_are_kept(settings: Settings) -> None:
    chosen = {"dtype": "bfloat16", "attention": "eager", "channels_last": True, "offload": "model", "compile": True}
    settings.GENERATION_MODELS = [{"source": "a/b", **chosen}]
    model = registry.sync_models()[0]
    assert {name: getattr(model, name) for name in chosen} == chosen


def test_a_setting_that_is_left_out_again_goes_back(settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": "a/b", "dtype": "bfloat16", "default_steps": 3}]
    registry.sync_models()
    settings.GENERATION_MODELS = [{"source": "a/b"}]
    model = registry.sync_models()[0]
    assert (model.dtype, model.default_steps) == ("auto", 20)


def test_what_an_operator_switched_off_stays_off(folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    registry.sync_models()
    call_command("models", "disable", "my-model", verbosity=0)
    assert not registry.sync_models()[0].enabled
    call_command("models", "enable", "my-model", verbosity=0)
    assert DiffusionModel.objects.get().enabled


def test_a_model_that_is_not_configured_cannot_be_enabled(folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    registry.sync_models()
    settings.GENERATION_MODELS = [{"source": "a/b"}]
    registry.sync_models()
    with pytest.raises(CommandError, match="no longer configured"):
        call_command("models", "enable", "my-model")
    assert not DiffusionModel.objects.get(slug="my-model").enabled


def test_an_unknown_slug_changes_nothing(folder: Path, settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}]
    registry.sync_models()
    with pytest.raises(CommandError, match="nothing"):
        call_command("models", "disable", "my-model", "nothing")
    assert DiffusionModel.objects.get().enabled


def test_models_are_listed_with_their_state(
    folder: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.GENERATION_MODELS = [{"source": str(folder)}, {"source": "a/b"}]
    registry.sync_models()
    call_command("models", "list")
    assert capsys.readouterr().out.splitlines() == [
        f"my-model: ready, StableDiffusionPipeline, {folder}",
        "b: not_downloaded, of unknown kind, a/b",
    ]


def test_a_worker_warms_what_was_asked_for_first_and_of_its_own_models(settings: Settings) -> None:
    settings.GENERATION_MODELS = [{"source": f"a/{name}"} for name in "xyz"]
    registry.sync_models()
    assert switching.next_to_warm() is None
    for slug in ("z", "y"):
        call_command("models", "warm", slug, verbosity=0)
    assert str(switching.next_to_warm()) == "z"
    settings.WORKER_MODELS = ["x", "y"]
    assert registry.worker_models() == ["x", "y"]
    assert str(switching.next_to_warm()) == "y"
    switching.note_loaded(model=DiffusionModel.objects.get(slug="y"))
    assert switching.next_to_warm() is None
    assert str(switching.first_model_of_worker()) == "x"
