"""Which models there are, where their files are, and what their hash is. Torch is not needed for any of it."""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.text import slugify

from generation.models import DiffusionModel
from provenance.manifests import model_hash, weights_manifest

STARTER = Path(__file__).resolve().parent / "starter" / "model"
OPTIONAL_KEYS = frozenset(
    {
        "slug", "name", "revision", "licence", "default_steps", "default_guidance_scale", "default_width",
        "default_height", "max_side", "size_multiple",
    }
)  # fmt: skip


def sync_models() -> list[DiffusionModel]:
    """Make the table say what is configured: GENERATION_MODELS, else the starter model, else the tiny one.

    The first is the default. Models that are no longer configured are disabled, never removed: works name them.
    Running it again changes nothing. Raises ImproperlyConfigured for an entry that cannot be meant.
    """
    entries = [check_entry(entry) for entry in settings.GENERATION_MODELS] or [_shipped_entry()]
    synced = []
    with transaction.atomic():
        DiffusionModel.objects.update(is_default=False)
        DiffusionModel.objects.exclude(slug__in=[entry["slug"] for entry in entries]).update(enabled=False)
        for place, entry in enumerate(entries):
            model, _ = DiffusionModel.objects.update_or_create(
                slug=entry["slug"], defaults={**entry, "enabled": True, "is_default": place == 0}
            )
            synced.append(model)
    for model in synced:
        folder = local_folder(model)
        if folder is not None and folder.is_dir():
            refresh_hash(model, folder)
    return synced


def local_folder(model: DiffusionModel) -> Path | None:
    """The folder that the model is loaded from; None for a hub id, whose folder is known once it is downloaded."""
    return Path(model.source) if is_folder(model.source) else None


def is_folder(source: str) -> bool:
    """Whether a source names a folder: an absolute or `./` path, or one that exists. Else it is a hub id."""
    return source.startswith(("/", "./", "../")) or Path(source).is_dir()


def refresh_hash(model: DiffusionModel, folder: Path) -> None:
    """Hash the model's files unless they are the ones that were hashed before; keep manifest and hash in the row.

    A changed file changes the hash of what is drawn from now on; works keep the hash they were made with.
    Raises ValueError when the folder holds no weights, OSError when a file cannot be read.
    """
    fingerprint = _fingerprint(folder)
    if model.model_hash is not None and model.fingerprint == fingerprint:
        return
    model.manifest = weights_manifest(folder)
    model.model_hash = model_hash(model.manifest)
    model.fingerprint = fingerprint
    model.save(update_fields=["manifest", "model_hash", "fingerprint"])


def _fingerprint(folder: Path) -> str:
    """Of every file's path, size and time of change: cheap, and different when a file was written to."""
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            facts = path.stat()
            lines.append(f"{path.relative_to(folder)}\t{facts.st_size}\t{facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def check_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of GENERATION_MODELS with what the model's own files say filled in. Raises ImproperlyConfigured."""
    source = entry.get("source") if isinstance(entry, Mapping) else None
    if not isinstance(source, str) or not source:
        raise ImproperlyConfigured(f"GENERATION_MODELS: an entry needs a `source`, a folder or a hub id: {entry}")
    unknown = set(entry) - OPTIONAL_KEYS - {"source"}
    if unknown:
        raise ImproperlyConfigured(f"GENERATION_MODELS: unknown keys {sorted(unknown)} in the entry of {source}")
    folder = Path(source).resolve() if is_folder(source) else None
    short = folder.name if folder else source.rsplit("/", 1)[-1]
    slug = str(entry.get("slug") or slugify(short))
    if not slug:
        raise ImproperlyConfigured(f"GENERATION_MODELS: the entry of {source} needs a `slug`")
    facts = {"name": short, **(_facts_of(folder) if folder else {})}
    return {**facts, **entry, "slug": slug, "source": str(folder or source)}


def _shipped_entry() -> dict[str, Any]:
    if (STARTER / "model_index.json").exists():
        return check_entry({"slug": "starter", "source": str(STARTER)})
    tiny = {"slug": "tiny", "name": "Tiny (random weights)", "licence": "CC0-1.0", "default_steps": 8}
    return check_entry({**tiny, "source": str(ensure_tiny_model())})


def _facts_of(folder: Path) -> dict[str, Any]:
    """Defaults from a model folder: its `colophon.json`, else its own configuration files."""
    notes, vae, unet = (_json(folder / name) for name in ("colophon.json", "vae/config.json", "unet/config.json"))
    cell = 2 ** max(len(vae.get("block_out_channels", [])) - 1, 0) if vae else 8
    size = notes.get("default_size") or _first(unet.get("sample_size"), 64) * cell
    facts: dict[str, Any] = {
        "default_width": size,
        "default_height": size,
        "size_multiple": notes.get("size_multiple", cell),
        "max_side": notes.get("max_side", 2 * size),
    }
    for key in ("name", "default_steps", "default_guidance_scale", "licence"):
        if key in notes:
            facts[key] = notes[key]
    return facts


def _first(value: Any, otherwise: int) -> int:  # noqa: ANN401 - whatever a configuration file holds
    return int(value[0] if isinstance(value, list) else value or otherwise)


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def ensure_tiny_model() -> Path:
    """The folder of the tiny pipeline, made on first use by a process of its own, so that this one needs no torch."""
    folder: Path = settings.COLOPHON_HOME / "models" / "tiny"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".tiny.{secrets.token_hex(8)}")
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "platform")])}
    try:
        subprocess.run([sys.executable, "-m", "generation.engine.tiny", draft], check=True, env=environment)
        draft.rename(folder)
    except OSError:
        # rename(2) never replaces a filled folder: another process was faster, with the same files.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
