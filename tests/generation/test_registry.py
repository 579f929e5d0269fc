"""Which models there are."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from pytest_django import Settings

from generation import checks, registry
from generation.models import DiffusionModel
from provenance.canonical import canonical_hash

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
        patch.setattr(registry, "weights_manifest", hashed_again)
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
