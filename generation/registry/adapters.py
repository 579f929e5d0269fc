"""The table of adapters: what GENERATION_ADAPTERS says, and the hashes of the files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.text import slugify

from generation.models import Adapter
from generation.registry.families import Family
from generation.registry.hashing import fingerprint_of
from generation.registry.sources import is_local, is_single_file
from provenance.manifests import file_sha256

FAMILIES = [family.value for family in Family if family is not Family.OTHER]
REQUIRED = frozenset({"source", "family"})
OPTIONAL = frozenset({"slug", "name", "revision", "weight_name", "licence"})


def sync_adapters() -> list[Adapter]:
    """Make the table say what GENERATION_ADAPTERS says; what it no longer names is disabled, never removed.

    Files that are here are hashed. Raises ImproperlyConfigured for an entry that cannot be meant.
    """
    entries = [check_adapter(entry) for entry in settings.GENERATION_ADAPTERS]
    with transaction.atomic():
        Adapter.objects.exclude(slug__in=[entry["slug"] for entry in entries]).update(enabled=False)
        adapters = [
            Adapter.objects.update_or_create(slug=entry["slug"], defaults={**entry, "enabled": True})[0]
            for entry in entries
        ]
    for adapter in adapters:
        if is_local(adapter.source) and Path(adapter.source).exists():
            refresh_adapter_hash(adapter, adapter_file(adapter, folder=None))
    return adapters


def check_adapter(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of GENERATION_ADAPTERS, completed. Raises ImproperlyConfigured."""
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(key), str) and entry[key] for key in REQUIRED):
        raise ImproperlyConfigured(f"GENERATION_ADAPTERS: an entry needs a `source` and a `family`: {entry}")
    source = entry["source"]
    unknown = set(entry) - REQUIRED - OPTIONAL
    if unknown:
        raise ImproperlyConfigured(f"GENERATION_ADAPTERS: unknown keys {sorted(unknown)} in the entry of {source}")
    if entry["family"] not in FAMILIES:
        raise ImproperlyConfigured(
            f"GENERATION_ADAPTERS: the family of {source} must be one of {', '.join(FAMILIES)}"
        )
    path = Path(source).resolve() if is_local(source) else None
    short = (path.stem if is_single_file(source) else path.name) if path else source.rsplit("/", 1)[-1]
    slug = str(entry.get("slug") or slugify(short))
    if not slug:
        raise ImproperlyConfigured(f"GENERATION_ADAPTERS: the entry of {source} needs a `slug`")
    return {"name": short, **entry, "slug": slug, "source": str(path or source)}


def adapter_file(adapter: Adapter, *, folder: Path | None) -> Path:
    """The adapter's weight file; `folder` is where a hub repository was downloaded to.

    Raises FileNotFoundError when it is not there, ValueError when a folder holds several and none is named.
    """
    place = folder or Path(adapter.source)
    if place.suffix == ".safetensors":
        file = place
    elif adapter.weight_name:
        file = place / adapter.weight_name
    else:
        files = sorted(place.glob("*.safetensors"))
        if len(files) > 1:
            raise ValueError(f"{place.name} holds {len(files)} files; name one as `weight_name`")
        file = files[0] if files else place / "*.safetensors"
    if not file.is_file():
        raise FileNotFoundError(f"{file} is not there")
    return file


def refresh_adapter_hash(adapter: Adapter, file: Path) -> None:
    """Hash the adapter's file unless it is the one that was hashed before. Raises OSError."""
    fingerprint = fingerprint_of([file])
    if adapter.adapter_hash is not None and adapter.fingerprint == fingerprint:
        return
    adapter.adapter_hash, adapter.fingerprint = file_sha256(file), fingerprint
    adapter.save(update_fields=["adapter_hash", "fingerprint"])
