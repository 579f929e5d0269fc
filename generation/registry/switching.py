"""What an operator does with models that are set up: on, off, loaded ahead; and which of them a worker draws with."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generation.errors import ModelNotConfigured
from generation.models import DiffusionModel
from generation.notices import wake_painters
from generation.querysets import DiffusionModelQuerySet


def enable_model(*, model: DiffusionModel) -> DiffusionModel:
    """Offer a model again. Raises ModelNotConfigured when GENERATION_MODELS no longer names it."""
    with transaction.atomic():
        model = DiffusionModel.objects.select_for_update().get(pk=model.pk)
        if not model.configured:
            raise ModelNotConfigured(
                f"The model {model.slug} is no longer configured. Put it into GENERATION_MODELS and run "
                "`manage.py sync_models`."
            )
        model.switched_off, model.enabled = False, True
        model.save(update_fields=["switched_off", "enabled"])
    return model


def disable_model(*, model: DiffusionModel) -> DiffusionModel:
    """Offer a model no more, until it is enabled again. Jobs that are queued already are still drawn."""
    with transaction.atomic():
        model = DiffusionModel.objects.select_for_update().get(pk=model.pk)
        model.switched_off, model.enabled = True, False
        model.save(update_fields=["switched_off", "enabled"])
    return model


def request_warming(*, model: DiffusionModel) -> DiffusionModel:
    """Have a worker that draws with this model load it once it has nothing else to do."""
    with transaction.atomic():
        model = DiffusionModel.objects.select_for_update().get(pk=model.pk)
        model.warming_requested_at, model.load_error = timezone.now(), ""
        model.save(update_fields=["warming_requested_at", "load_error"])
        transaction.on_commit(wake_painters)
    return model


def note_loaded(*, model: DiffusionModel, error: str = "") -> None:
    """Write down that a worker loaded the model just now, or why it could not."""
    model.load_error = error
    if not error:
        model.loaded_at = timezone.now()
    model.save(update_fields=["load_error", "loaded_at"])


def worker_models() -> list[str] | None:
    """The slugs that this machine's workers draw with; None for all (`WORKER_MODELS` is empty)."""
    return list(settings.WORKER_MODELS) or None


def worker_model_ids() -> list[UUID] | None:
    """The models that this machine's workers claim jobs of; None for all."""
    mine = worker_models()
    if mine is None:
        return None
    return list(DiffusionModel.objects.filter(slug__in=mine).order_by().values_list("pk", flat=True))


def next_to_warm() -> DiffusionModel | None:
    """The enabled model of this worker whose warming was asked for first and has not been done since."""
    # One that cannot be loaded is not tried again and again.
    return _of_this_worker().filter(load_error="").waiting_to_be_warm().first()


def first_model_of_worker() -> DiffusionModel | None:
    """The default model, or the first one that this worker draws with."""
    return _of_this_worker().first()


def _of_this_worker() -> DiffusionModelQuerySet:
    enabled, mine = DiffusionModel.objects.filter(enabled=True), worker_models()
    return enabled if mine is None else enabled.filter(slug__in=mine)
