"""Pictures that join and leave a running batch at step boundaries, and come out as if each had been drawn alone.

Each picture is a call of the diffusers pipeline itself, at a batch size of one, with a scheduler, a generator and
noise of its own. Only the network is shared: in its place each pipeline finds a stand-in, which hands the call over.
The picture then waits (it runs in a greenlet) until the batch has put the calls of all pictures into one, always of
the same shape, and has given each its own rows of the answer. So every scheduler of diffusers can take part, with
history or with noise, and whoever else is in the batch changes no pixel (law 9).
"""

import copy
import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from greenlet import GreenletExit, getcurrent, greenlet

from generation.engine.adapters import put_on
from generation.engine.calls import Call, pack, unpack
from generation.engine.errors import EngineError
from generation.engine.modes import pipeline_for
from generation.engine.pipelines import Loaded, Setup
from generation.engine.recording import Recorder
from generation.engine.rendering import Drawing, Drawn, arguments_for, engine_error_of, judged
from generation.engine.watching import watched


def can_share(loaded: Loaded) -> bool:
    """Whether pictures of this pipeline can share a batch: its network is a UNet that stays where it is."""
    pipeline = loaded.pipeline
    moves = getattr(pipeline, "_all_hooks", None) or getattr(pipeline, "hf_device_map", None)
    return isinstance(getattr(pipeline, "unet", None), torch.nn.Module) and not moves


class Picture:
    """One picture while it is in a batch."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.share = 0.0
        """how much of its steps is done, 0 to 1"""
        self.predicted: torch.Tensor | None = None
        """what the latents are heading for, `(1, channels, height, width)`: for previews"""
        self.drawn: Drawn | None = None
        self.error: Exception | None = None
        self.asks: Call | None = None
        """the call of the network that it waits for; None once it is drawn, has failed or was taken out"""
        self._life: greenlet | None = None

    def begin(self, life: Callable[[], None]) -> None:
        """Run `life` until it first waits for the network."""
        self._life = greenlet(life)
        self._go_on(self._life.switch)

    def resume(self, answer: Any) -> None:  # noqa: ANN401 - what the network gives
        """Go on with the network's answer until it is asked again."""
        assert self._life is not None
        self._go_on(self._life.switch, answer)

    def interrupt(self, error: BaseException) -> None:
        """Have `error` raised where the picture waits for the network."""
        assert self._life is not None
        self._go_on(self._life.throw, error)

    def _go_on(self, switch: Callable[..., Any], *value: Any) -> None:  # noqa: ANN401 - what a greenlet is given
        # Pictures are suspended inside of `no_grad`; one that ends sets what was before it, for all of them.
        torch.set_grad_enabled(False)
        asked = switch(*value)
        self.asks = asked if isinstance(asked, Call) else None


class Batch:
    """Pictures of one size that are drawn together, at most `setup.slots`. To be used from one thread."""

    def __init__(self, loaded: Loaded, *, setup: Setup) -> None:
        self._loaded = loaded
        self._slots = setup.slots
        self._setup = setup
        self._network = loaded.pipeline.unet
        self.pictures: list[Picture] = []

    @property
    def free(self) -> int:
        """How many more pictures can join."""
        return self._slots - len(self.pictures)

    @torch.no_grad()
    def add(self, drawing: Drawing) -> Picture:
        """Let a picture (a drawing with one seed) join; its prompt is encoded now. It can fail at once."""
        assert self.free > 0
        assert len(drawing.seeds) == 1
        picture = Picture(drawing)
        picture.begin(functools.partial(_draw, self._loaded, self._setup, picture))
        if picture.asks is not None:
            self.pictures.append(picture)
        return picture

    @torch.no_grad()
    def remove(self, picture: Picture) -> None:
        """Take a picture out; the others do not notice."""
        if picture in self.pictures:
            self.pictures.remove(picture)
            picture.interrupt(GreenletExit())

    def close(self) -> None:
        """Take all pictures out."""
        for picture in list(self.pictures):
            self.remove(picture)

    @torch.no_grad()
    def step(self) -> list[Picture]:
        """One step of every picture. Those that are drawn, or failed, have left and are returned."""
        for group in _grouped(self.pictures):
            self._step_together(group)
        over = [picture for picture in self.pictures if picture.asks is None]
        self.pictures = [picture for picture in self.pictures if picture.asks is not None]
        return over

    def _step_together(self, pictures: Sequence[Picture]) -> None:
        calls = _calls_of(pictures)
        try:
            answers = self._ask(calls)
        except Exception as error:  # noqa: BLE001 - each picture says in its own way why it failed
            for picture in pictures:
                picture.interrupt(error)
            return
        for picture, answer in zip(pictures, answers, strict=True):
            picture.resume(answer)

    def _ask(self, calls: Sequence[Call]) -> list[tuple[torch.Tensor, ...]]:
        packed = pack(calls, slots=self._slots)
        return unpack(self._network(*packed.args, **packed.kwargs), calls)

    @torch.no_grad()
    def treats_all_slots_alike(self) -> bool:
        """Whether the network answers the first picture's call the same, bit for bit, in whichever slot it is.

        With an uneven number of rows for each thread, matrix products are cut differently from slot to slot.
        """
        (call,) = _calls_of(self.pictures[:1])
        first, *others = self._ask([call] * self._slots)
        return all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))


def is_safe(loaded: Loaded, probe: Drawing, *, setup: Setup) -> bool:
    """Whether `setup.slots` pictures of this size can share a batch without changing each other's pixels.

    Tried with one call of the network. Raises EngineError for what cannot be drawn.
    """
    batch = Batch(loaded, setup=setup)
    try:
        picture = batch.add(probe)
        if picture.error is not None:
            raise picture.error
        return batch.treats_all_slots_alike()
    finally:
        batch.close()


def _calls_of(pictures: Sequence[Picture]) -> list[Call]:
    return [picture.asks for picture in pictures if picture.asks is not None]


def _grouped(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Pictures whose calls fit into one: as a rule all of them."""
    groups: list[tuple[object, list[Picture]]] = []
    for picture, call in zip(pictures, _calls_of(pictures), strict=True):
        shape = call.shape()
        fitting = next((group for known, group in groups if known == shape), None)
        if fitting is None:
            groups.append((shape, [picture]))
        else:
            fitting.append(picture)
    return [group for _, group in groups]


@torch.no_grad()
def _draw(loaded: Loaded, setup: Setup, picture: Picture) -> None:
    """The life of one picture: its pipeline's call. Runs in a greenlet of its own."""
    drawing = picture.drawing
    try:
        put_on(loaded, drawing.adapters)
        pipeline = _seat(pipeline_for(loaded, drawing.mode), picture)
        recorder = Recorder()
        arguments = arguments_for(
            pipeline,
            drawing,
            seeds=drawing.seeds,
            setup=setup,
            on_step=lambda share: setattr(picture, "share", share),
            on_latents=recorder.note,
        )
        drawn = judged(loaded, pipeline(**arguments).images, drawing, setup=setup)[0]
        picture.drawn = replace(drawn, latents=recorder.row(0))
    except EngineError as error:
        picture.error = error
    except (MemoryError, RuntimeError, ValueError) as error:
        picture.error = engine_error_of(error)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw must not take the other pictures along
        picture.error = error


def _seat(pipeline: Any, picture: Picture) -> Any:  # noqa: ANN401 - diffusers has no types
    """The pipeline with a stand-in for the network and a scheduler of its own; everything else is shared."""
    seat = copy.copy(pipeline)
    scheduler = copy.deepcopy(pipeline.scheduler)
    scheduler.step = watched(scheduler, lambda target: setattr(picture, "predicted", target))
    # Past diffusers' own __setattr__, which would look the stand-in up in its list of classes.
    vars(seat).update(unet=_StandIn(pipeline.unet), scheduler=scheduler)
    return seat


class _StandIn:
    """In the place of a pipeline's network: hands each call to the batch and waits for its share of the answer."""

    def __init__(self, network: torch.nn.Module) -> None:
        self._network = network

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the network has
        return getattr(self._network, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - what the network takes and gives
        batch = getcurrent().parent
        assert batch is not None
        return batch.switch(Call(args, kwargs))
