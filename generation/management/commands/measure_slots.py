"""`manage.py measure_slots <model>`: how many pictures are best drawn at once here?"""

import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.engine.errors import EngineError
from generation.models import DiffusionModel
from generation.queue.speeds import note_measured
from generation.queue.workers import device_label
from generation.slots import keep_measured_slots, size_name


class Command(BaseCommand):
    """Times 1, 2, 4 and 8 slots and keeps the best."""

    help = (
        "Time 1, 2, 4 and 8 pictures at once with a model on this machine, and keep the best count in the model. "
        "It is part of the reproducibility class of every picture drawn from then on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="the model's slug")
        parser.add_argument("--size", help="WxH in pixels; the model's default size unless given")
        parser.add_argument("--steps", type=int, default=5, help="how many steps are timed at each count")

    def handle(self, *_: Any, model: str, size: str | None, steps: int, **__: Any) -> None:  # noqa: ANN401 - Django's
        found = DiffusionModel.objects.filter(slug=model).first()
        if found is None:
            known = ", ".join(DiffusionModel.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no model {model}. Known models: {known}.")
        width, height = _size_of(found, size)
        try:
            self._measure(found, width=width, height=height, steps=max(1, steps))
        except EngineError as error:
            raise CommandError(error.detail) from error

    def _measure(self, model: DiffusionModel, *, width: int, height: int, steps: int) -> None:
        # Imported here: only the process that draws loads torch (law 6).
        from generation.engine import measuring
        from generation.engine.painter import painter_for
        from generation.engine.rendering import Drawing

        painter = painter_for(model, width=width, height=height, slots=1)
        if not painter.shares:
            raise CommandError(
                f"Pictures of {model.slug} cannot share a running batch, so there is nothing to measure."
            )
        device = painter.reproducibility_class["device"]
        self.stdout.write(f"{model.slug} at {size_name(width, height)} on {device}, {painter.setup.threads} threads")
        self.stdout.write("slots  ms per step and picture  against one")
        drawing = Drawing(
            prompt="a teal sun over navy waves", negative_prompt="", seeds=[0], steps=1,
            guidance_scale=float(model.default_guidance_scale), width=width, height=height,
        )  # fmt: skip
        found = []
        for measured in measuring.measure(painter, drawing, repeats=steps):
            found.append(measured)
            one = found[0].seconds
            shown = (
                f"{measured.seconds * 1000:23.1f}  {one / measured.seconds:10.2f}" if measured.seconds and one else ""
            )
            self.stdout.write(f"{measured.slots:5}  {shown or measured.fault}")
        if found[0].seconds is None:
            raise CommandError(f"Nothing was kept. {found[0].fault}")
        slots = measuring.best(found)
        keep_measured_slots(model=model, device=device, width=width, height=height, slots=slots)
        seconds = next(each.seconds for each in found if each.slots == slots) or 0.0
        if not settings.BATCH_SLOTS:
            note_measured(
                model=model, device=device_label(), width=width, height=height, slots=slots, seconds=seconds * slots
            )
        self.stdout.write(f"kept: {slots}. BATCH_SLOTS, when set, overrides it.")


def _size_of(model: DiffusionModel, size: str | None) -> tuple[int, int]:
    if size is None:
        return model.default_width, model.default_height
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", size)
    if match is None:
        raise CommandError("--size is written as 512x768, in pixels.")
    return int(match[1]), int(match[2])
