"""Adapters on top of a loaded model: put on, weighted, stacked, and taken off without a trace."""

import logging
from dataclasses import dataclass
from pathlib import Path

from diffusers import DiffusionPipeline

from generation.engine.errors import EngineError
from generation.engine.loading import Loaded
from generation.engine.remembering import forget_words
from provenance.recipes import Adapter as AdapterIdentity

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Applied:
    """An adapter with its weight, as a recipe names it, and where its file is."""

    slug: str
    source: str
    file: Path
    digest: str
    weight: str

    @property
    def identity(self) -> AdapterIdentity:
        """What a recipe says of it."""
        return AdapterIdentity(source=self.source, model_hash=self.digest, scale=self.weight)


def put_on(loaded: Loaded, adapters: tuple[Applied, ...]) -> None:
    """Have exactly these adapters on the model's weights, in this order. Raises EngineError.

    What was on before is taken off first, so nothing is left of it: the weights are as they were loaded.
    """
    if loaded.adapters == adapters:
        return
    _take_off(loaded)
    if not adapters:
        return
    pipeline = loaded.pipeline
    try:
        names = [f"adapter_{place}" for place in range(len(adapters))]
        for name, adapter in zip(names, adapters, strict=True):
            pipeline.load_lora_weights(adapter.file.parent, weight_name=adapter.file.name, adapter_name=name)
        pipeline.set_adapters(names, adapter_weights=[float(adapter.weight) for adapter in adapters])
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        logger.exception("cannot load adapters %s", [adapter.slug for adapter in adapters])
        _take_off(loaded)
        raise EngineError(
            "adapter_unusable",
            "An adapter does not fit this model, or its file is damaged. Nothing was drawn; leave it out.",
        ) from error
    loaded.adapters = adapters


def _take_off(loaded: Loaded) -> None:
    pipeline: DiffusionPipeline = loaded.pipeline
    if hasattr(pipeline, "unload_lora_weights"):
        pipeline.unload_lora_weights()
    forget_words(pipeline)
    loaded.adapters = ()
