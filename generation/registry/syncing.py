"""The table of models, made to say what is configured."""

from django.conf import settings
from django.db import transaction

from generation.models import DiffusionModel
from generation.registry.entries import check_entry
from generation.registry.hashing import refresh_hash
from generation.registry.shipped import shipped_entry
from generation.registry.sources import is_complete, local_source


def sync_models() -> list[DiffusionModel]:
    """Make the table say what is configured: GENERATION_MODELS, else the starter model, else the tiny one.

    The first is the default. Models that are no longer configured are disabled, never removed: works name them. What
    an operator switched off stays off. Running it again changes nothing. Raises ImproperlyConfigured for an entry
    that cannot be meant.
    """
    entries = [check_entry(entry) for entry in settings.GENERATION_MODELS or [shipped_entry()]]
    synced = []
    with transaction.atomic():
        DiffusionModel.objects.update(is_default=False)
        gone = DiffusionModel.objects.exclude(slug__in=[entry["slug"] for entry in entries])
        gone.update(enabled=False, configured=False)
        for place, entry in enumerate(entries):
            model, _ = DiffusionModel.objects.update_or_create(
                slug=entry["slug"], defaults={**entry, "configured": True, "is_default": place == 0}
            )
            model.enabled = not model.switched_off
            model.save(update_fields=["enabled"])
            synced.append(model)
    for model in synced:
        source = local_source(model)
        if source is not None and is_complete(model):
            refresh_hash(model, source)
    return synced
