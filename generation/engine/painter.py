"""The engine's one door: a painter draws with one model."""

import functools
import logging
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from django.conf import settings
from PIL import Image

from generation.engine import batch, pipelines, rendering, retracing
from generation.engine.errors import EngineError
from generation.engine.model_setup import setup_of
from generation.engine.noise import unpacked
from generation.engine.previewing import previewer_of
from generation.engine.reproducibility import (
    class_with_parts,
    device_name,
    reproducibility_class,
    scheduler_identity,
)
from generation.models import DiffusionModel
from generation.registry import local_source, refresh_hash
from generation.registry.sources import config_folder, is_complete
from generation.registry.switching import note_loaded
from generation.slots import wanted_slots
from provenance.digests import to_hex
from provenance.recipes import ModelIdentity, ReproducibilityClass, SchedulerIdentity

logger = logging.getLogger(__name__)

_found_safe: "weakref.WeakKeyDictionary[Any, dict[object, bool]]" = weakref.WeakKeyDictionary()
"""what `is_safe` found out, by pipeline"""


@dataclass(frozen=True, kw_only=True)
class Painter:
    """A loaded model at one size, and what a recipe says about it."""

    loaded: pipelines.Loaded
    setup: pipelines.Setup
    model: ModelIdentity
    scheduler: SchedulerIdentity
    reproducibility_class: ReproducibilityClass

    @property
    def slots(self) -> int:
        """How many pictures are drawn at once."""
        return self.setup.slots

    def class_for(self, drawing: rendering.Drawing) -> ReproducibilityClass:
        """The class that this drawing is made in: libraries that it takes part count, too."""
        return class_with_parts(self.reproducibility_class, drawing)

    @property
    def shares(self) -> bool:
        """Whether pictures may join and leave while others are drawn: by `open_batch`, else by `draw`."""
        return batch.can_share(self.loaded)

    def open_batch(self) -> batch.Batch:
        """See `batch.Batch`."""
        return batch.Batch(self.loaded, setup=self.setup)

    def is_current(self, model: DiffusionModel) -> bool:
        """Whether the model's files still are the ones that this painter draws with."""
        source = local_source(model)
        if source is None:
            return True
        try:
            refresh_hash(model, source)
        except (OSError, ValueError):
            return False
        return to_hex(bytes(model.model_hash or b"")) == self.model["model_hash"]

    def preview(self, picture: batch.Picture) -> Image.Image | None:
        """What a picture in the batch is heading for; None while that cannot be told."""
        return None if picture.predicted is None else previewer_of(self.loaded).show(picture.predicted)

    def learn(self, picture: batch.Picture) -> None:
        """Make previews better by a picture that is drawn."""
        if picture.predicted is not None and picture.drawn is not None:
            previewer_of(self.loaded).learn(picture.predicted, picture.drawn.image)

    def draw(
        self, drawing: rendering.Drawing, *, on_step: Callable[[rendering.Forming], None]
    ) -> list[rendering.Drawn]:
        """See `rendering.draw`."""
        seen = [rendering.Forming()]

        def step(forming: rendering.Forming) -> None:
            seen[0] = forming
            on_step(forming)

        drawn = rendering.draw(self.loaded, drawing, setup=self.setup, on_step=step)
        for place, picture in enumerate(drawn):
            latents = self._latents_of(seen[0], drawing, place)
            if latents is not None:
                previewer_of(self.loaded).learn(latents, picture.image)
        return drawn

    def preview_of(self, forming: rendering.Forming, drawing: rendering.Drawing, *, place: int) -> Image.Image | None:
        """What one of the pictures that `draw` draws is heading for; None while that cannot be told."""
        latents = self._latents_of(forming, drawing, place)
        return None if latents is None else previewer_of(self.loaded).show(latents)

    def _latents_of(self, forming: rendering.Forming, drawing: rendering.Drawing, place: int) -> torch.Tensor | None:
        if forming.predicted is None:
            return None
        row = forming.predicted[place : place + 1]
        return unpacked(self.loaded.pipeline, row, width=drawing.width, height=drawing.height)

    def draw_alone(
        self, drawing: rendering.Drawing, *, on_step: Callable[[float], None] = lambda _share: None
    ) -> rendering.Drawn:
        """One picture, with every other slot empty. Raises EngineError, and whatever `on_step` does."""
        if not self.shares:
            return self.draw(drawing, on_step=lambda forming: on_step(forming.share))[0]
        opened = self.open_batch()
        picture = opened.add(drawing)
        try:
            while picture.asks is not None:
                opened.step()
                on_step(picture.share)
        finally:
            opened.close()
        if picture.drawn is None:
            assert picture.error is not None
            raise picture.error
        return picture.drawn

    @property
    def can_retrace(self) -> bool:
        """Whether single steps can be run again; see `engine.retracing`."""
        return retracing.can_retrace(self.loaded)

    def retrace(
        self, drawing: rendering.Drawing, *, transition: int, start: bytes | None, leaves: int
    ) -> retracing.Retraced:
        """See `retracing.retrace`."""
        return retracing.retrace(
            self.loaded, drawing, setup=self.setup, transition=transition, start=start, leaves=leaves
        )


def painter_for(
    model: DiffusionModel, *, width: int, height: int, guided: bool = True, slots: int | None = None
) -> Painter:
    """The painter of a model at one size; loads and hashes it unless this process has. Raises EngineError.

    How many slots it has is decided by `slots.wanted_slots` unless given, and tried out once: where pictures would
    change each other, it has one.
    """
    process_setup, cache = _studio()
    setup = setup_of(model, process_setup)
    try:
        source, loaded = _load(model, setup, cache)
    except EngineError as error:
        note_loaded(model=model, error=error.detail)
        raise
    wanted = slots or wanted_slots(model, device=device_name(setup.device), width=width, height=height)
    setup = replace(setup, slots=wanted)
    if not is_safe(loaded, setup, width=width, height=height, guided=guided):
        logger.warning("%s, %d slots at %dx%d: not safe here, one is used", model.slug, wanted, width, height)
        setup = replace(setup, slots=1)
    return Painter(
        loaded=loaded,
        setup=setup,
        model=_identity(model, source),
        scheduler=scheduler_identity(loaded.pipeline),
        reproducibility_class=reproducibility_class(loaded.pipeline, setup),
    )


def _load(
    model: DiffusionModel, setup: pipelines.Setup, cache: pipelines.PipelineCache
) -> tuple[Path, pipelines.Loaded]:
    source = _source_of(model)
    try:
        refresh_hash(model, source)
    except (OSError, ValueError) as error:
        raise EngineError(
            "model_unusable",
            f"The files of the model {model.name} cannot be read or hold no weights. Nothing was drawn; "
            "the operator has to look at it. Another model may work.",
        ) from error
    assert model.model_hash is not None
    digest, config = bytes(model.model_hash), config_folder(model)
    if cache.holds(source, digest, setup=setup, config=config) and not model.load_error:
        return source, cache.get(source, digest, setup=setup, config=config)
    loaded = cache.get(source, digest, setup=setup, config=config)
    note_loaded(model=model)
    return source, loaded


def is_safe(loaded: pipelines.Loaded, setup: pipelines.Setup, *, width: int, height: int, guided: bool) -> bool:
    """Whether pictures that share a batch come out as if alone. Tried once per process. Raises EngineError.

    The number of slots alone does not make it so: with an uneven number of rows for each thread, matrix products are
    cut differently from slot to slot.
    """
    if setup.slots == 1:
        return True
    known = _found_safe.setdefault(loaded.pipeline, {})
    kind = (setup, width, height, guided)
    if kind not in known:
        probe = rendering.Drawing(
            prompt="a", negative_prompt="", seeds=[0], steps=1, guidance_scale=2 if guided else 0,
            width=width, height=height,
        )  # fmt: skip
        tried = batch.is_safe if batch.can_share(loaded) else rendering.is_safe
        known[kind] = tried(loaded, probe, setup=setup)
    return known[kind]


def is_cold() -> bool:
    """Whether this process has not loaded, or tried to load, anything yet."""
    return _studio.cache_info().currsize == 0


@functools.cache
def _studio() -> tuple[pipelines.Setup, pipelines.PipelineCache]:
    """This process's set-up and its loaded pipelines: one of each, because torch's settings are per process."""
    setup = pipelines.prepare(
        device=settings.TORCH_DEVICE, dtype=settings.TORCH_DTYPE, threads=settings.TORCH_THREADS, slots=1
    )
    return setup, pipelines.PipelineCache(setup, budget=settings.MODEL_MEMORY_BUDGET)


def _source_of(model: DiffusionModel) -> Path:
    source = local_source(model)
    if source is None:
        return pipelines.download(source=model.source, revision=model.revision)
    if not is_complete(model):
        raise EngineError(
            "model_missing",
            f"The files of the model {model.name} are not where the worker looks for them. Nothing was drawn; "
            "the operator has to put them back, or choose another model.",
        )
    return source


def _identity(model: DiffusionModel, source: Path) -> ModelIdentity:
    """A hub model by its id and exact revision, a local one by its slug: a recipe names no path of this machine."""
    assert model.model_hash is not None
    digest = to_hex(bytes(model.model_hash))
    if local_source(model) is not None:
        return ModelIdentity(source=model.slug, model_hash=digest)
    # The hub's cache keeps each revision in a folder named by its commit.
    return ModelIdentity(source=model.source, revision=source.name, model_hash=digest)
