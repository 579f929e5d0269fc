"""System checks of generation: what is set up wrongly, told before anybody's job fails. The ids are stable."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name for it
from django.core.exceptions import ImproperlyConfigured

from generation.registry import check_entry, is_local
from provenance.keys import UnusableKey, load_key

PUBLISHERS = ("process", "thread")
DTYPES = ("auto", "float32", "float16", "bfloat16")


@register()
def check_models(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E001: an entry of GENERATION_MODELS cannot be meant. W001: a model's files are not there."""
    messages: list[CheckMessage] = []
    slugs: list[str] = []
    for entry in settings.GENERATION_MODELS:
        try:
            checked = check_entry(entry)
        except ImproperlyConfigured as error:
            messages.append(Error(str(error), id="generation.E001"))
            continue
        slugs.append(checked["slug"])
        if (missing := _missing(checked)) is not None:
            hint = "Its jobs will fail with `model_missing` until it is there."
            messages.append(Warning(f"The model {checked['slug']} lacks {missing}.", hint, id="generation.W001"))
    if len(set(slugs)) < len(slugs):
        messages.append(Error("Two entries of GENERATION_MODELS have the same slug.", id="generation.E001"))
    return messages


def _missing(entry: dict[str, Any]) -> Path | None:
    """The file that a local model cannot be loaded without and that is not there; None when nothing is missing."""
    source = Path(entry["source"])
    if not is_local(entry["source"]):
        return None
    needed = [Path(entry["config"] or source) / "model_index.json", *([source] if entry["config"] else [])]
    return next((path for path in needed if not path.is_file()), None)


@register()
def check_engine(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E002: an unknown TORCH_DTYPE or PUBLISHER. E003: a number that makes no sense."""
    messages: list[CheckMessage] = []
    if settings.TORCH_DTYPE not in DTYPES:
        messages.append(Error(f"TORCH_DTYPE must be one of {', '.join(DTYPES)}.", id="generation.E002"))
    if settings.PUBLISHER not in PUBLISHERS:
        messages.append(Error(f"PUBLISHER must be one of {', '.join(PUBLISHERS)}.", id="generation.E002"))
    lowest = {
        "JOB_LEASE_SECONDS": 1,
        "JOB_MAX_ATTEMPTS": 1,
        "PUBLISHER_NICENESS": 0,
        "JOBS_IN_FLIGHT_PER_PERSON": 0,
        "PICTURES_PER_DAY_PER_PERSON": 0,
        "PICTURE_STEPS_PER_DAY_PER_PERSON": 0,
        "JOBS_IN_FLIGHT_PER_KEY": 0,
        "PICTURES_PER_DAY_PER_KEY": 0,
        "PICTURE_STEPS_PER_DAY_PER_KEY": 0,
        "QUEUE_AGEING_SECONDS": 0,
        "QUEUE_LOOK_AHEAD": 1,
        "QUEUE_MAX_PASSES": 0,
        "TORCH_THREADS": 0,
        "BATCH_SLOTS": 0,
        "MODEL_MEMORY_BUDGET": 0,
        "SOURCE_IMAGES_PER_PERSON": 0,
    }
    for name, low in lowest.items():
        if getattr(settings, name) < low:
            messages.append(Error(f"{name} must be at least {low}.", id="generation.E003"))
    return messages


@register(Tags.security)
def check_marks(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E004: time-stamps that could not be checked. E005: the watermark's key, when it is there, is none."""
    messages: list[CheckMessage] = []
    if settings.C2PA_TSA_URL and not Path(settings.C2PA_TSA_ROOTS).is_file():
        hint = "Name a PEM file of the roots that the authority's certificates lead to."
        messages.append(Error("C2PA_TSA_URL is set, but C2PA_TSA_ROOTS is no file.", hint, id="generation.E004"))
    if settings.WATERMARK_KEY_FILE.exists():
        try:
            load_key(settings.WATERMARK_KEY_FILE)
        except UnusableKey as error:
            messages.append(Error(str(error), id="generation.E005"))
    return messages


@register()
def check_addresses(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E006: an address of IPFS or of the time-stamp authority is none."""
    named = {"C2PA_TSA_URL": settings.C2PA_TSA_URL, "IPFS_API": settings.IPFS_API}
    named |= {f"IPFS_GATEWAYS, number {place}": each for place, each in enumerate(settings.IPFS_GATEWAYS, start=1)}
    return [
        Error(f"{name} is not a web address: {address!r}.", id="generation.E006")
        for name, address in named.items()
        if address and not address.startswith(("http://", "https://"))
    ]
