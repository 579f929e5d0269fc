"""The weights manifest: which files a model consists of, each with its digest."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from provenance.canonical import canonical_hash
from provenance.digests import to_hex

SUFFIXES = frozenset({".safetensors", ".bin", ".json", ".model", ".py"})
"""weights; configurations of pipeline, scheduler and tokenizer; sentencepiece vocabularies; a pipeline's own code"""
WEIGHTS = (".safetensors", ".bin")
NAMES = frozenset({"merges.txt", "vocab.txt"})
"""tokenizer tables, which decide what the text encoder sees"""
NOTES = frozenset({"colophon.json", "evaluation.json"})
"""what is said about a model: defaults of this platform, and how it was graded"""


def weights_manifest(folder: Path) -> dict[str, str]:
    """`{path inside the folder, with slashes: "0x" sha256}` of every file that determines what the model computes.

    Reads each file once, in chunks. Hidden files and folders (a download cache) and what changes no pixel (README,
    licence, pictures, notes about the model) are left out. Raises ValueError when the folder holds no weights,
    OSError when a file cannot be read.
    """
    manifest = {path.relative_to(folder).as_posix(): to_hex(file_sha256(path)) for path in _model_files(folder)}
    if not any(name.endswith(WEIGHTS) for name in manifest):
        raise ValueError(f"{folder} holds no weights (*.safetensors or *.bin)")
    return manifest


def single_file_manifest(file: Path, config: Path) -> dict[str, str]:
    """The manifest of a model in one weight file, configured by a folder: `{name: "0x" sha256}`, as above.

    The folder's files stand under `config/`; weights in it are not read by the pipeline and are left out. Raises
    OSError when a file cannot be read.
    """
    configuration = {
        f"config/{path.relative_to(config).as_posix()}": to_hex(file_sha256(path))
        for path in _model_files(config)
        if path.suffix not in WEIGHTS
    }
    return {file.name: to_hex(file_sha256(file)), **configuration}


def model_hash(manifest: Mapping[str, str]) -> bytes:
    """SHA-256 of the canonical manifest: 32 bytes, the attestation's `modelHash`."""
    return canonical_hash(dict(manifest))


def _model_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_left_out = str(inside) in NOTES or any(part.startswith(".") for part in inside.parts)
        if not is_left_out and (path.suffix in SUFFIXES or path.name in NAMES) and path.is_file():
            yield path


def file_sha256(path: Path) -> bytes:
    """SHA-256 of a file's bytes, read in chunks. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
