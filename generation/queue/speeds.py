"""How long steps take: measured on every job that succeeds, kept as a running average per kind of work."""

import math
from datetime import datetime

from django.utils import timezone

from generation.models import DiffusionModel, Job, StepTime, Worker

WEIGHT = 0.2
"""of a new measurement in the average, once there are some: about the last ten count"""


def note_drawn(*, job: Job, now: datetime) -> None:
    """Learn from a job that a worker has drawn whole, at its end; the caller has locked the job.

    Nothing is learnt from a re-run, nor from one that was begun earlier by somebody else. The first job after another
    model includes the loading: it only stands until there is a better one.
    """
    worker = Worker.objects.filter(name=job.leased_by).first()
    if worker is None or job.claimed_at is None:
        return
    was_loaded, slots = worker.loaded_model_id == job.model_id, _slots_of(job) or worker.slots
    if not was_loaded:
        Worker.objects.filter(pk=worker.pk).update(loaded_model=job.model_id)
    if job.purpose != Job.Purpose.DRAW or job.works.filter(created_at__lt=job.claimed_at).exists():
        return
    rounds = math.ceil(job.count / slots) * job.steps
    seconds = (now - job.claimed_at).total_seconds() / rounds
    kind = {
        "device": worker.device, "model_id": job.model_id, "width": job.width, "height": job.height, "slots": slots,
    }  # fmt: skip
    _average_in(kind, seconds=seconds, whole=was_loaded, now=now)


def note_measured(*, model: DiffusionModel, device: str, width: int, height: int, slots: int, seconds: float) -> None:
    """Tell forecasts how many slots were found best for a size, and what one step of them all takes.

    `device` as workers name it. What jobs have taught of these slots is better than `seconds` and stays.
    """
    StepTime.objects.update_or_create(
        device=device,
        model=model,
        width=width,
        height=height,
        slots=slots,
        defaults={"measured_at": timezone.now()},
        create_defaults={"measured_at": timezone.now(), "seconds": seconds},
    )


def _slots_of(job: Job) -> int | None:
    """How many pictures were drawn at a time: the recipe of any of its pictures names it (law 9)."""
    recipe = job.works.values_list("recipe", flat=True).first() or {}
    slots = recipe.get("reproducibility_class", {}).get("slots")
    return int(slots) if slots else None


def _average_in(kind: dict[str, object], *, seconds: float, whole: bool, now: datetime) -> None:
    known, is_new = StepTime.objects.select_for_update().get_or_create(
        **kind, defaults={"seconds": seconds, "jobs": int(whole), "measured_at": now}
    )
    if is_new:
        return
    if whole:
        weight = max(WEIGHT, 1 / (known.jobs + 1))
        known.seconds += weight * (seconds - known.seconds)
        known.jobs += 1
    known.measured_at = now
    known.save(update_fields=["seconds", "jobs", "measured_at"])
