import hashlib
from pathlib import Path

import pytest

from provenance.manifests import model_hash, weights_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "model_index.json": "{}",
        "unet/diffusion_pytorch_model.safetensors": "weights",
        "tokenizer/merges.txt": "a b",
        "README.md": "how nice",
        "colophon.json": '{"default_steps": 4}',
        "sample.png": "picture",
        ".cache/huggingface/download.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_file_that_decides_pixels_is_listed_with_its_sha256(folder: Path) -> None:
    assert weights_manifest(folder) == {
        "model_index.json": "0x" + hashlib.sha256(b"{}").hexdigest(),
        "tokenizer/merges.txt": "0x" + hashlib.sha256(b"a b").hexdigest(),
        "unet/diffusion_pytorch_model.safetensors": "0x" + hashlib.sha256(b"weights").hexdigest(),
    }


def test_files_behind_links_count_as_in_a_hub_cache(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    blob = tmp_path_factory.mktemp("blobs") / "5f2e"
    blob.write_text("more weights")
    (folder / "unet" / "adapter.bin").symlink_to(blob)
    assert weights_manifest(folder)["unet/adapter.bin"] == "0x" + hashlib.sha256(b"more weights").hexdigest()


def test_the_model_hash_is_that_of_the_sorted_manifest() -> None:
    expected = hashlib.sha256(b'{"a.bin":"0x01","b.json":"0x02"}').digest()
    assert model_hash({"b.json": "0x02", "a.bin": "0x01"}) == expected


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no weights"):
        weights_manifest(tmp_path)
