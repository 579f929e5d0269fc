"""The engine's one door: a painter draws with one model."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from generation.engine import pipelines, rendering
from generation.engine.errors import EngineError
from generation.engine.model_setup import setup_of
from generation.engine.reproducibility import class_with_parts, reproducibility_class, scheduler_identity
from generation.models import DiffusionModel
from generation.registry import local_source, refresh_hash
from generation.registry.sources import config_folder, is_complete
from generation.registry.switching import note_loaded
from provenance.digests import to_hex
from provenance.recipes import ModelIdentity, ReproducibilityClass, SchedulerIdentity


@dataclass(frozen=True, kw_only=True)
class Painter:
    """A loaded model, and what a recipe says about it."""

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

    def draw(self, drawing: rendering.Drawing, *, on_step: Callable[[float], None]) -> list[rendering.Drawn]:
        """See `rendering.draw`."""
        return rendering.draw(self.loaded, drawing, setup=self.setup, on_step=on_step)


def painter_for(model: DiffusionModel) -> Painter:
    """The painter of a model, loaded and hashed unless that was done before in this process. Raises EngineError."""
    process_setup, cache = _studio()
    setup = setup_of(model, process_setup)
    try:
        source, loaded = _load(model, setup, cache)
    except EngineError as error:
        note_loaded(model=model, error=error.detail)
        raise
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


def is_cold() -> bool:
    """Whether this process has not loaded, or tried to load, anything yet."""
    return _studio.cache_info().currsize == 0


@functools.cache
def _studio() -> tuple[pipelines.Setup, pipelines.PipelineCache]:
    """This process's set-up and its loaded pipelines: one of each, because torch's settings are per process."""
    setup = pipelines.prepare(
        device=settings.TORCH_DEVICE,
        dtype=settings.TORCH_DTYPE,
        threads=settings.TORCH_THREADS,
        slots=settings.BATCH_SLOTS,
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
