"""Workers say every few seconds that they live, what they draw and with what. Each has a row of its own."""

import logging
import platform
import socket
import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from generation.models import DiffusionModel, Job, Worker
from generation.threads import drawing_threads

logger = logging.getLogger(__name__)

SECONDS = 5.0
FORGET_AFTER = timedelta(days=1)
_beating: set[str] = set()


def declared_models() -> list[UUID]:
    """Ids of the models that this machine's workers draw: those of WORKER_MODELS, or all."""
    models = DiffusionModel.objects.order_by()
    if settings.WORKER_MODELS:
        models = models.filter(slug__in=settings.WORKER_MODELS)
    return list(models.values_list("pk", flat=True))


def say_alive(*, name: str) -> Worker:
    """Write that this worker lives, and what it is; forget those that were silent for a day."""
    now = timezone.now()
    name = name[:120]
    has_a_job = Job.objects.running().filter(leased_by=name).exists()
    now_so = {
        "declares": settings.WORKER_MODELS,
        "activity": Worker.Activity.DRAWING if has_a_job else Worker.Activity.IDLE,
        "last_seen_at": now,
    }
    # How many pictures it is set to draw at a time; what was measured for a model and size comes before it.
    at_first = {
        "host": socket.gethostname()[:120], "device": device_label(), "slots": max(1, settings.BATCH_SLOTS),
    }  # fmt: skip
    worker, _ = Worker.objects.update_or_create(name=name, defaults=now_so, create_defaults={**at_first, **now_so})
    Worker.objects.filter(last_seen_at__lt=now - FORGET_AFTER).delete()
    return worker


def say_goodbye(*, name: str) -> None:
    """Write that this worker ends; nobody counts on it from now on."""
    Worker.objects.filter(name=name[:120]).update(activity=Worker.Activity.STOPPED, loaded_model=None)


def keep_saying_so(*, name: str) -> None:
    """Begin the thread of this process that keeps the worker's row fresh, unless it runs already."""
    if name in _beating:
        return
    _beating.add(name)
    threading.Thread(target=_beat, kwargs={"name": name}, name=f"life of {name}", daemon=True).start()


def _beat(*, name: str) -> None:
    pause = threading.Event()
    while True:
        try:
            say_alive(name=name)
        except (DatabaseError, InterfaceError) as error:
            # The row grows old, and nobody counts on this worker; it goes on, the database may come back.
            logger.warning("cannot write that worker %s lives: %s", name, error)
            connection.close()
        pause.wait(SECONDS)


def device_label() -> str:
    """What this machine draws with, in words, without importing torch: the same for machines that are as fast."""
    wanted = settings.TORCH_DEVICE
    cards = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    if cards and wanted != "cpu":
        lines = cards[0].read_text().splitlines()
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("Model:")), "cuda")[:120]
    if wanted not in {"auto", "cpu"}:
        return str(wanted)[:120]
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {drawing_threads(settings.TORCH_THREADS)} threads"[:120]
