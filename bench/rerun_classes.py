"""How far pictures and steps are apart: between honest classes, and from what somebody might pass off as honest.

The same prompts and seeds are drawn with the shipped model in each way, a process each, because threads, instruction
sets and dtypes are a process's. Then what each gave is compared with the first: published pictures by PDQ and PSNR,
and each step, run again in the first one's class from the latents of the other.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from devstack.parts import ROOT

PICTURES = int(os.environ.get("PICTURES", "8"))
STEPS, SCALE, SIDE = 16, 1.5, 256
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """How pictures are drawn; `weights`: how the network's are changed, `seed`: how far from the right one."""

    threads: int = 1
    dtype: str = "float32"
    slots: int = 1
    steps: int = STEPS
    scale: float = SCALE
    weights: str = "same"
    other_words: bool = False
    seed: int = 0
    avx2: bool = False


HONEST = {
    "the same again": Way(),
    "2 slots for 1": Way(slots=2),
    "AVX2 for AVX-512": Way(avx2=True),
    "2 threads for 1": Way(threads=2),
    "bfloat16": Way(dtype="bfloat16"),
}
DISHONEST = {
    "weights ±0.1 %": Way(weights="0.001"),
    "weights in 8 bits": Way(weights="int8"),
    "guidance +0.1": Way(scale=SCALE + 0.1),
    "one step fewer": Way(steps=STEPS - 1),
    "other words": Way(other_words=True),
    "the next seed": Way(seed=1),
}


def main() -> None:
    """Draw in every way and print both tables."""
    with tempfile.TemporaryDirectory(prefix="colophon-classes-") as folder:
        ways = {"first": Way(), **HONEST, **DISHONEST}
        files = {name: Path(folder) / f"{number}.pickle" for number, name in enumerate(ways)}
        for name, way in ways.items():
            _in_a_process("draw", way, files[name])
            print(f"drawn          {name}", flush=True)
        rest = [str(part) for name in ways if name != "first" for part in (name, files[name])]
        _in_a_process("compare", Way(), files["first"], *rest)


def _in_a_process(act: str, way: Way, file: Path, *more: str) -> None:
    environment = {
        **os.environ, **(AVX2 if way.avx2 else {}),
        "DJANGO_SETTINGS_MODULE": "colophon.settings", "DATABASE_URL": "postgresql://nobody@localhost/none",
        "REDIS_URL": "redis://localhost:1/0", "SECRET_KEY": "bench",
    }  # fmt: skip
    with tempfile.NamedTemporaryFile(suffix=".way") as given:
        given.write(pickle.dumps(way))
        given.flush()
        line = [sys.executable, "-m", "bench.rerun_classes", act, given.name, str(file), *more]
        subprocess.run(line, check=True, cwd=ROOT, env=environment)


def _loaded(way: Way) -> Any:  # noqa: ANN401 - a set-up and a pipeline, whose modules need Django
    import torch

    from generation.engine.loading import load
    from generation.engine.setup import prepare

    setup = prepare(device="cpu", dtype=way.dtype, threads=way.threads, slots=way.slots)
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
    from generation.starter.drawing.scenes import sample_facts

    def drawing(number: int) -> Drawing:
        chance = np.random.default_rng(number + (5000 if way.other_words else 1000))
        return Drawing(
            prompt=describe(sample_facts(chance), chance), negative_prompt="", seeds=[number + way.seed],
            steps=way.steps, guidance_scale=way.scale, width=SIDE, height=SIDE,
        )  # fmt: skip

    return [drawing(number) for number in range(PICTURES)]


def _draw(way: Way, file: Path) -> None:
    from generation.engine.batch import Batch

    setup, loaded = _loaded(way)
    drawn = []
    for drawing in _drawings(way):
        batch = Batch(loaded, setup=setup)
        picture = batch.add(drawing)
        while picture.asks is not None:
            batch.step()
        assert picture.drawn is not None, picture.error
        drawn.append((picture.drawn.latents, picture.drawn.image))
    file.write_bytes(pickle.dumps(drawn))


def _compare(first: Path, others: Sequence[str]) -> None:
    setup, loaded = _loaded(Way())
    there = pickle.loads(first.read_bytes())  # noqa: S301 - our own file, written a moment ago
    print(f"\n{'':22} PDQ bits (median, most)   PSNR dB (median, least)   step error (median, most)")
    for name, path in zip(others[::2], others[1::2], strict=True):
        here = pickle.loads(Path(path).read_bytes())  # noqa: S301 - likewise
        bits, decibels = _pictures_apart(there, here)
        errors = _step_errors(setup, loaded, here)
        print(
            f"{name:22} {np.median(bits):8.0f} {max(bits):8}          {np.median(decibels):8.1f} {min(decibels):8.1f}"
            f"          {np.median(errors):8.1e} {max(errors):8.1e}",
            flush=True,
        )


def _pictures_apart(there: list[Any], here: list[Any]) -> tuple[list[int], list[float]]:
    from generation.reruns.judging import judge_pictures
    from provenance import watermarks

    def published(image: Any, number: int) -> Any:  # noqa: ANN401 - pictures
        return watermarks.mark(image, watermark_id=number, key=bytes(32))

    judged = [
        judge_pictures(there=published(one[1], number), here=published(other[1], number), equal_renders=False)
        for number, (one, other) in enumerate(zip(there, here, strict=True))
    ]
    return [each.pdq_distance for each in judged], [each.psnr for each in judged]


def _step_errors(setup: Any, loaded: Any, here: list[Any]) -> list[float]:  # noqa: ANN401 - see `_loaded`
    """Each step of the other's trajectories, run again here from the other's latents, as the recipe says."""
    from generation.engine.retracing import retrace
    from generation.reruns.judging import step_error

    errors = []
    for drawing, (latents, _) in zip(_drawings(Way()), here, strict=True):
        # Who sells fewer steps commits to fewer leaves; their number gives it away, the error is told all the same.
        asked = replace(drawing, steps=len(latents) if len(latents) == STEPS else STEPS)
        for transition in range(min(len(latents), STEPS)):
            made = retrace(
                loaded, asked, setup=setup, transition=transition,
                start=latents[transition - 1] if transition else None, leaves=STEPS,
            )  # fmt: skip
            assert made.latents is not None
            assert made.before is not None
            errors.append(step_error(expected=latents[transition], found=made.latents, before=made.before))
    return errors


if __name__ == "__main__":
    import django

    django.setup()
    act, way_file, drawn_file, *rest = sys.argv[1:]
    way = pickle.loads(Path(way_file).read_bytes())  # noqa: S301 - our own file, written a moment ago
    if act == "draw":
        _draw(way, Path(drawn_file))
    else:
        _compare(Path(drawn_file), rest)
