"""From the adapters that a job names to files that can be put on a model."""

from pathlib import Path

from huggingface_hub import snapshot_download

from generation.engine.adapters import Applied
from generation.engine.errors import EngineError
from generation.models import Adapter
from generation.registry.adapters import adapter_file, refresh_adapter_hash
from generation.registry.sources import is_local
from generation.requests.adapters import AdapterUse
from provenance.digests import to_hex


def find_adapters(uses: list[AdapterUse]) -> tuple[Applied, ...]:
    """The adapters that a job names, their files found and hashed. Raises EngineError."""
    return tuple(_found(use) for use in uses)


def _found(use: AdapterUse) -> Applied:
    adapter = Adapter.objects.filter(slug=use["adapter"]).first()
    if adapter is None:
        raise EngineError("adapter_missing", f"The adapter {use['adapter']} is no longer set up. Nothing was drawn.")
    try:
        folder = None if is_local(adapter.source) else _download(adapter)
        file = adapter_file(adapter, folder=folder)
        refresh_adapter_hash(adapter, file)
    except (OSError, ValueError) as error:
        raise EngineError(
            "adapter_missing",
            f"The file of the adapter {adapter.name} is not there or cannot be read. Nothing was drawn; the operator "
            "has to look at it.",
        ) from error
    assert adapter.adapter_hash is not None
    return Applied(
        slug=adapter.slug,
        source=adapter.slug if folder is None else f"{adapter.source}@{folder.name}",
        file=file,
        digest=to_hex(bytes(adapter.adapter_hash)),
        weight=use["weight"],
    )


def _download(adapter: Adapter) -> Path:
    pattern = adapter.weight_name or "*.safetensors"
    return Path(snapshot_download(adapter.source, revision=adapter.revision or None, allow_patterns=[pattern]))
