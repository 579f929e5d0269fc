"""Measuring how many pictures are best drawn at once."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from generation.engine.errors import EngineError
from generation.engine.painter import Painter, is_safe
from generation.engine.rendering import Drawing

COUNTS = (1, 2, 4, 8)
WORTH = 1.05
"""more slots must be at least this much faster: a picture that is alone pays for the empty ones"""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Of one number of slots, all filled: seconds per step and picture; None with the reason in `fault`."""

    slots: int
    seconds: float | None
    fault: str = ""


def measure(painter: Painter, drawing: Drawing, *, repeats: int) -> Iterator[Measurement]:
    """Time some steps at each number of slots; those where pictures change each other are left out."""
    for slots in COUNTS:
        setup = replace(painter.setup, slots=slots)
        try:
            safe = is_safe(
                painter.loaded, setup, width=drawing.width, height=drawing.height, guided=drawing.guidance_scale > 1
            )
            if not safe:
                yield Measurement(slots=slots, seconds=None, fault="pictures would change each other's last bits")
                continue
            yield Measurement(slots=slots, seconds=_seconds(replace(painter, setup=setup), drawing, repeats))
        except EngineError as error:
            yield Measurement(slots=slots, seconds=None, fault=error.detail)
            return


def best(measurements: list[Measurement]) -> int:
    """The fewest slots that are not worth leaving for more."""
    chosen = measurements[0]
    for other in measurements[1:]:
        if chosen.seconds and other.seconds and chosen.seconds / other.seconds >= WORTH:
            chosen = other
    return chosen.slots


def _seconds(painter: Painter, drawing: Drawing, repeats: int) -> float:
    batch = painter.open_batch()
    try:
        for seed in range(painter.slots):
            picture = batch.add(replace(drawing, seeds=[seed], steps=repeats + 2))
            if picture.error is not None:
                raise picture.error
        batch.step()
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            batch.step()
            times.append(time.perf_counter() - began)
        # Of one that ran out of memory nothing is left.
        if len(batch.pictures) < painter.slots:
            raise EngineError("out_of_memory", "The machine ran out of memory.")
        return statistics.median(times) / painter.slots
    finally:
        batch.close()
