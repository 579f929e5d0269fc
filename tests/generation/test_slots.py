"""How many pictures are drawn at once: set, else measured, else one; and only where they leave each other alone."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from generation.engine import batch, measuring, painter
from generation.engine.measuring import Measurement, best
from generation.models import DiffusionModel, StepTime
from generation.queue.workers import device_label
from generation.slots import keep_measured_slots, wanted_slots

DEVICE = "CPU AVX9"


def wanted(model: DiffusionModel, *, device: str = DEVICE, width: int = 64) -> int:
    return wanted_slots(model, device=device, width=width, height=64)


@pytest.mark.django_db
def test_a_count_holds_for_the_device_and_size_it_was_measured_with(model: DiffusionModel) -> None:
    assert wanted(model) == 1
    keep_measured_slots(model=model, device=DEVICE, width=64, height=64, slots=4)
    model.refresh_from_db()
    assert (wanted(model), wanted(model, width=128), wanted(model, device="another")) == (4, 1, 1)


@pytest.mark.django_db
def test_the_operators_count_overrides_what_was_measured(model: DiffusionModel, settings: Settings) -> None:
    keep_measured_slots(model=model, device=DEVICE, width=64, height=64, slots=4)
    settings.BATCH_SLOTS = 2
    assert wanted(model) == wanted(model, width=128) == 2


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ([1.0, 0.9, 0.5, 0.4], 8),
        ([1.0, 1.1, 1.2, 1.3], 1),
        ([1.0, 0.6, 0.59, 0.58], 2),
        ([1.0, 1.1, 0.6, None], 4),
        ([1.0, None, 0.6, 0.6], 4),
    ],
)
def test_more_slots_are_kept_only_when_they_are_worth_it(seconds: list[float | None], chosen: int) -> None:
    measured = [Measurement(slots=n, seconds=s) for n, s in zip(measuring.COUNTS, seconds, strict=True)]
    assert best(measured) == chosen


@pytest.mark.django_db
def test_measuring_prints_a_table_and_keeps_the_best(model: DiffusionModel) -> None:
    said = StringIO()
    call_command("measure_slots", "tiny", "--size", "64x128", "--steps", "2", stdout=said)
    lines = said.getvalue().splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["1", "2", "4", "8"]
    model.refresh_from_db()
    ((device, sizes),) = model.measured_slots.items()
    assert device in lines[0]
    assert lines[-1].startswith(f"kept: {sizes['64x128']}.")
    timed = StepTime.objects.get()
    assert (timed.width, timed.height, timed.slots, timed.device) == (64, 128, sizes["64x128"], device_label())
    assert timed.seconds > 0


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["nothing"], ["tiny", "--size", "64"], ["tiny", "--size", "63x64"]])
def test_what_cannot_be_measured_is_told_and_nothing_is_kept(model: DiffusionModel, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("measure_slots", *arguments, stdout=StringIO())
    model.refresh_from_db()
    assert model.measured_slots == {}


@pytest.mark.django_db
def test_where_pictures_would_change_each_other_one_is_drawn_at_a_time(
    model: DiffusionModel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_SLOTS = 2
    painter._found_safe.clear()
    with monkeypatch.context() as patch:
        patch.setattr(batch.Batch, "treats_all_slots_alike", lambda _self: False)
        one = painter.painter_for(model, width=64, height=64)
    painter._found_safe.clear()
    two = painter.painter_for(model, width=64, height=64)
    assert [each.reproducibility_class["slots"] for each in (one, two)] == [1, 2]
