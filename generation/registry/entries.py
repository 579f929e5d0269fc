"""One entry of GENERATION_MODELS, checked and completed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.text import slugify

from generation.models import DiffusionModel
from generation.registry.facts import facts_of
from generation.registry.sources import is_local, is_single_file

CHOICES: Mapping[str, frozenset[str]] = {
    "dtype": frozenset(DiffusionModel.Dtype.values),
    "attention": frozenset(DiffusionModel.Attention.values),
    "offload": frozenset(DiffusionModel.Offload.values),
    "image_checker": frozenset(DiffusionModel.ImageChecker.values),
}
SWITCHES = frozenset({"channels_last", "compile", "prompt_rules"})
OPTIONAL_KEYS = frozenset(
    {
        "slug", "name", "revision", "config", "licence", "default_steps", "default_guidance_scale", "default_width",
        "default_height", "max_side", "size_multiple", "upscale_strength", "upscale_guidance_scale", "upscale_prompt",
        *CHOICES, *SWITCHES,
    }
)  # fmt: skip


DEFAULTS = {
    field.name: field.get_default()
    for field in DiffusionModel._meta.concrete_fields  # noqa: SLF001 - Django's documented model API
    if field.name in OPTIONAL_KEYS - {"slug", "name"}
}
"""what an entry that no longer says something goes back to"""


def check_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of GENERATION_MODELS with what the model's own files say filled in. Raises ImproperlyConfigured."""
    source = entry.get("source") if isinstance(entry, Mapping) else None
    if not isinstance(source, str) or not source:
        raise ImproperlyConfigured(f"GENERATION_MODELS: an entry needs a `source`, a folder or a hub id: {entry}")
    unknown = set(entry) - OPTIONAL_KEYS - {"source"}
    if unknown:
        raise ImproperlyConfigured(f"GENERATION_MODELS: unknown keys {sorted(unknown)} in the entry of {source}")
    _check_settings(entry, source)
    path = Path(source).resolve() if is_local(source) else None
    config = _config_folder(entry, source)
    short = (path.stem if is_single_file(source) else path.name) if path else source.rsplit("/", 1)[-1]
    slug = str(entry.get("slug") or slugify(short))
    if not slug:
        raise ImproperlyConfigured(f"GENERATION_MODELS: the entry of {source} needs a `slug`")
    folder = config or path
    facts = {"name": short, **(facts_of(folder) if folder else {})}
    return {**DEFAULTS, **facts, **entry, "slug": slug, "source": str(path or source), "config": str(config or "")}


def _check_settings(entry: Mapping[str, Any], source: str) -> None:
    for key, values in CHOICES.items():
        if key in entry and entry[key] not in values:
            raise ImproperlyConfigured(
                f"GENERATION_MODELS: `{key}` of {source} must be one of {', '.join(sorted(values))}, "
                f"not {entry[key]!r}"
            )
    if not 0 < float(entry.get("upscale_strength", 1)) <= 1:
        raise ImproperlyConfigured(f"GENERATION_MODELS: `upscale_strength` of {source} must be above 0 and at most 1")
    for key in sorted(SWITCHES):
        if key in entry and not isinstance(entry[key], bool):
            raise ImproperlyConfigured(f"GENERATION_MODELS: `{key}` of {source} must be true or false")


def _config_folder(entry: Mapping[str, Any], source: str) -> Path | None:
    """A single file's folder of configuration; it is asked for, because nothing may be fetched from a hub for it."""
    config = entry.get("config")
    if is_single_file(source):
        if not isinstance(config, str) or not config:
            raise ImproperlyConfigured(
                f"GENERATION_MODELS: the file {source} needs a `config`: the folder of a diffusers pipeline of the "
                "same kind with its model_index.json, configurations and tokenizers (no weights)"
            )
        return Path(config).resolve()
    if config:
        raise ImproperlyConfigured(f"GENERATION_MODELS: `config` is for single files; {source} is none")
    return None
