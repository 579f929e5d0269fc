"""Which models and adapters there are, where their files are, and what their hashes are; all without torch."""

from generation.modes import Mode
from generation.registry.adapters import check_adapter, sync_adapters
from generation.registry.entries import check_entry
from generation.registry.families import Family, family_of, modes_of
from generation.registry.hashing import refresh_hash
from generation.registry.shipped import ensure_tiny_model
from generation.registry.sources import is_local, local_source
from generation.registry.switching import (
    disable_model,
    enable_model,
    request_warming,
    worker_model_ids,
    worker_models,
)
from generation.registry.syncing import sync_models

__all__ = [
    "Family",
    "Mode",
    "check_adapter",
    "check_entry",
    "disable_model",
    "enable_model",
    "ensure_tiny_model",
    "family_of",
    "is_local",
    "local_source",
    "modes_of",
    "refresh_hash",
    "request_warming",
    "sync_adapters",
    "sync_models",
    "worker_model_ids",
    "worker_models",
]
