"""The engine's one door: a painter draws with one model."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from generation.engine import pipelines, rendering
from generation.engine.errors import EngineError
from generation.engine.reproducibility import reproducibility_class, scheduler_identity
from generation.models import DiffusionModel
from generation.registry import local_folder, refresh_hash
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

    def draw(self, drawing: rendering.Drawing, *, on_step: Callable[[float], None]) -> list[rendering.Drawn]:
        """See `rendering.draw`."""
        return rendering.draw(self.loaded, drawing, setup=self.setup, on_step=on_step)


def painter_for(model: DiffusionModel) -> Painter:
    """The painter of a model, loaded and hashed unless that was done before in this process. Raises EngineError."""
    setup, cache = _studio()
    folder = _folder_of(model)
    try:
        refresh_hash(model, folder)
    except (OSError, ValueError) as error:
        raise EngineError(
            "model_unusable",
            f"The files of the model {model.name} cannot be read or hold no weights. Nothing was drawn; "
            "the operator has to look at it. Another model may work.",
        ) from error
    assert model.model_hash is not None
    loaded = cache.get(folder, bytes(model.model_hash))
    return Painter(
        loaded=loaded,
        setup=setup,
        model=_identity(model, folder),
        scheduler=scheduler_identity(loaded.pipeline),
        reproducibility_class=reproducibility_class(loaded.pipeline, setup),
    )


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
    return setup, pipelines.PipelineCache(setup)


def _folder_of(model: DiffusionModel) -> Path:
    folder = local_folder(model)
    if folder is None:
        return pipelines.download(source=model.source, revision=model.revision)
    if not (folder / "model_index.json").is_file():
        raise EngineError(
            "model_missing",
            f"The files of the model {model.name} are not where the worker looks for them. Nothing was drawn; "
            "the operator has to put them back, or choose another model.",
        )
    return folder


def _identity(model: DiffusionModel, folder: Path) -> ModelIdentity:
    """A hub model by its id and exact revision, a folder by its slug: a recipe names no path of this machine."""
    assert model.model_hash is not None
    digest = to_hex(bytes(model.model_hash))
    if local_folder(model) is not None:
        return ModelIdentity(source=model.slug, model_hash=digest)
    # The hub's cache keeps each revision in a folder named by its commit.
    return ModelIdentity(source=model.source, revision=folder.name, model_hash=digest)
