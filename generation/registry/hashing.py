"""The hash of a model: of its original weight files, never of a re-save."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from generation.models import DiffusionModel
from generation.registry.facts import pipeline_facts
from generation.registry.sources import config_folder
from provenance.manifests import model_hash, single_file_manifest, weights_manifest


def refresh_hash(model: DiffusionModel, source: Path) -> None:
    """Hash the model's files unless they are the ones that were hashed before; keep manifest and hash in the row.

    A changed file changes the hash of what is drawn from now on; works keep the hash they were made with.
    Raises ValueError when there are no weights, OSError when a file cannot be read.
    """
    config = config_folder(model)
    fingerprint = fingerprint_of([source] if config is None else [source, config])
    if model.model_hash is not None and model.fingerprint == fingerprint:
        return
    model.manifest = weights_manifest(source) if config is None else single_file_manifest(source, config)
    model.model_hash = model_hash(model.manifest)
    model.fingerprint = fingerprint
    # What a hub model is, is known only now.
    facts = pipeline_facts(config or source)
    for column, value in facts.items():
        setattr(model, column, value)
    model.save(update_fields=["manifest", "model_hash", "fingerprint", *facts])


def fingerprint_of(places: Iterable[Path]) -> str:
    """Of every file's path, size and time of change: cheap, and different when a file was written to."""
    lines = []
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file():
                facts = path.stat()
                lines.append(f"{path.relative_to(place.parent)}\t{facts.st_size}\t{facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
