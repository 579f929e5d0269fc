"""How far pictures and steps are apart: between honest classes, and from what somebody might pass off as honest.

The same prompts and seeds are drawn with the shipped model in each way. Then what each gave is compared with the
first: published pictures by PDQ and PSNR, and some steps of each, run again in the first one's class from the latents
of the other. Threads and instruction sets are a process's, so there is a process for each pair of these and no more:
to start one costs more than ten pictures. `PICTURES=24` takes more pictures than 12.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from devstack.parts import ROOT

PICTURES = int(os.environ.get("PICTURES", "12"))
STEPS, SCALE, SIDE = 16, 1.5, 256
APART = 4
"""of a picture's steps every fourth is run again, of each picture other ones: four pictures have all of them"""
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "colophon.settings", "DATABASE_URL": "postgresql://nobody@localhost/none",
    "REDIS_URL": "redis://localhost:1/0", "SECRET_KEY": "bench",
    # Told before torch is loaded; threads that wait in a loop take minutes for a picture on a busy machine.
    "OMP_WAIT_POLICY": "PASSIVE", "TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_VERBOSITY": "error",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Way:
    """How pictures are drawn; `weights`: how the network's are changed, `seed`: how far from the right one."""

    threads: int = 1
    avx2: bool = False
    dtype: str = "float32"
    slots: int = 1
    attention: str = "auto"
    channels_last: bool = False
    steps: int = STEPS
    scale: float = SCALE
    weights: str = "same"
    other_words: bool = False
    seed: int = 0


FIRST = "first"
HONEST = {
    "the same again": Way(),
    "2 slots for 1": Way(slots=2),
    "4 slots for 1": Way(slots=4),
    "2 threads for 1": Way(threads=2),
    "AVX2 for AVX-512": Way(avx2=True),
    "plain attention": Way(attention="eager"),
    "sliced attention": Way(attention="sliced"),
    "channels last": Way(channels_last=True),
    "bfloat16": Way(dtype="bfloat16"),
    "bfloat16, 2 slots": Way(dtype="bfloat16", slots=2),
}
DISHONEST = {
    "weights ±0.1 %": Way(weights="0.001"),
    "weights in 8 bits": Way(weights="int8"),
    "guidance +0.1": Way(scale=SCALE + 0.1),
    "one step fewer": Way(steps=STEPS - 1),
    "the next seed": Way(seed=1),
    "other words": Way(other_words=True),
}
WAYS = {FIRST: Way(), **HONEST, **DISHONEST}


def main() -> None:
    """Draw in every way and print the table."""
    with tempfile.TemporaryDirectory(prefix="colophon-classes-") as folder:
        # The process of the first way comes last and compares.
        for threads, avx2 in sorted({(way.threads, way.avx2) for way in WAYS.values()}, reverse=True):
            environment = {**os.environ, **(AVX2 if avx2 else {}), **ENVIRONMENT}
            line = [sys.executable, "-m", "bench.rerun_classes", folder, str(threads), str(int(avx2))]
            subprocess.run(line, check=True, cwd=ROOT, env=environment)


def _run(folder: Path, *, threads: int, avx2: bool) -> None:
    for name, way in WAYS.items():
        if (way.threads, way.avx2) == (threads, avx2):
            _file(folder, name).write_bytes(pickle.dumps(list(_drawn(way))))
            print(f"drawn          {name}", flush=True)
    if (threads, avx2) == (WAYS[FIRST].threads, WAYS[FIRST].avx2):
        _compare({name: pickle.loads(_file(folder, name).read_bytes()) for name in WAYS})  # noqa: S301 - our own files


def _file(folder: Path, name: str) -> Path:
    return folder / f"{list(WAYS).index(name)}.pickle"


def _loaded(way: Way) -> Any:  # noqa: ANN401 - a set-up and a pipeline, whose modules need Django
    import torch

    from generation.engine.loading import load
    from generation.engine.setup import prepare

    setup = replace(
        prepare(device="cpu", dtype=way.dtype, threads=way.threads, slots=way.slots),
        attention=way.attention,
        channels_last=way.channels_last,
    )
    loaded = load(ROOT / "generation/starter/model", setup)
    generator = torch.Generator().manual_seed(1)
    for weights in loaded.pipeline.unet.parameters():
        if way.weights == "int8":
            step = weights.data.abs().max() / 127
            weights.data = (weights.data / step).round() * step
        elif way.weights != "same":
            weights.data = weights.data * (1 + float(way.weights) * torch.randn(weights.shape, generator=generator))
    return setup, loaded


def _drawings(way: Way) -> list[Any]:
    from generation.engine.rendering import Drawing
    from generation.starter.drawing.captions import describe
    from generation.starter.drawing.facts import sample_facts

    def drawing(number: int) -> Drawing:
        chance = np.random.default_rng(number + (5000 if way.other_words else 1000))
        return Drawing(
            prompt=describe(sample_facts(chance), chance), negative_prompt="", seeds=[number + way.seed],
            steps=way.steps, guidance_scale=way.scale, width=SIDE, height=SIDE,
        )  # fmt: skip

    return [drawing(number) for number in range(PICTURES)]


def _drawn(way: Way) -> Iterator[tuple[Sequence[bytes], Any]]:
    """Of each picture the latents after each step, and the picture."""
    from generation.engine.batch import Batch

    setup, loaded = _loaded(way)
    for drawing in _drawings(way):
        batch = Batch(loaded, setup=setup)
        picture = batch.add(drawing)
        while picture.asks is not None:
            batch.step()
        assert picture.drawn is not None, picture.error
        yield picture.drawn.latents, picture.drawn.image


def _compare(drawn: Mapping[str, Sequence[Any]]) -> None:
    setup, loaded = _loaded(WAYS[FIRST])
    print(
        f"\n{PICTURES} pictures each; of the differences the median and the worst\n"
        f"{'':20} {'PDQ, bits':>12} {'PSNR, dB':>14} {'a step, share of it':>20}   said"
    )
    for name in (*HONEST, *DISHONEST):
        judged = list(_judged(drawn[FIRST], drawn[name]))
        bits, decibels = [each.pdq_distance for each in judged], [each.psnr for each in judged]
        errors = list(_step_errors(setup, loaded, drawn[name]))
        said = ", ".join(f"{result} {count}" for result, count in sorted(Counter(map(_result, judged)).items()))
        print(
            f"{name:20} {np.median(bits):7.0f} {max(bits):4} {np.median(decibels):8.1f} {min(decibels):5.1f} "
            f"{np.median(errors):11.1e} {max(errors):8.1e}   {said}",
            flush=True,
        )


def _judged(there: Sequence[Any], here: Sequence[Any]) -> Iterator[Any]:
    from generation.reruns.judging import judge_pictures
    from provenance import watermarks

    def published(image: Any, number: int) -> Any:  # noqa: ANN401 - pictures
        return watermarks.mark(image, watermark_id=number, key=bytes(32))

    for number, ((_, one), (_, other)) in enumerate(zip(there, here, strict=True)):
        yield judge_pictures(
            there=published(one, number),
            here=published(other, number),
            equal_renders=one.tobytes() == other.tobytes(),
        )


def _result(judgement: Any) -> str:  # noqa: ANN401 - its module needs Django
    return str(judgement.result)


def _step_errors(setup: Any, loaded: Any, drawn: Sequence[Any]) -> Iterator[float]:  # noqa: ANN401 - see `_loaded`
    """Steps of the other's trajectories, run again here from the other's latents, as the recipe says."""
    from generation.engine.retracing import retrace
    from generation.reruns.judging import step_error

    for number, (drawing, (latents, _)) in enumerate(zip(_drawings(WAYS[FIRST]), drawn, strict=True)):
        # Who sells fewer steps commits to fewer leaves; their number gives it away, the error is told all the same.
        for transition in range(number % APART, min(len(latents), STEPS), APART):
            start = latents[transition - 1] if transition else None
            made = retrace(loaded, drawing, setup=setup, transition=transition, start=start, leaves=STEPS)
            assert made.latents is not None
            assert made.before is not None
            yield step_error(expected=latents[transition], found=made.latents, before=made.before)


if __name__ == "__main__":
    import django

    django.setup()
    _run(Path(sys.argv[1]), threads=int(sys.argv[2]), avx2=bool(int(sys.argv[3])))
