"""How many pictures are drawn at once: set by the operator, else measured, else one. Never guessed."""

from django.conf import settings

from generation.models import DiffusionModel


def size_name(width: int, height: int) -> str:
    """`256x256`: how `measured_slots` and the commands name a size."""
    return f"{width}x{height}"


def wanted_slots(model: DiffusionModel, *, device: str, width: int, height: int) -> int:
    """BATCH_SLOTS unless that is 0; else what `measure_slots` found best on this device; else 1.

    `device` is named as in the reproducibility class.
    """
    measured: dict[str, dict[str, int]] = model.measured_slots
    return int(settings.BATCH_SLOTS or measured.get(device, {}).get(size_name(width, height), 1))


def keep_measured_slots(*, model: DiffusionModel, device: str, width: int, height: int, slots: int) -> None:
    """Write down how many pictures are best drawn at once. Recipes of pictures drawn from now on name it."""
    model.measured_slots.setdefault(device, {})[size_name(width, height)] = slots
    model.save(update_fields=["measured_slots"])
