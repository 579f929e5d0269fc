"""Where a model's files are: a folder, one `.safetensors` file with a folder of configuration, or a hub id."""

from pathlib import Path

from generation.models import DiffusionModel

SINGLE_FILE = ".safetensors"


def is_local(source: str) -> bool:
    """Whether a source is a path: absolute, `./…`, or one that exists. Else it is a hub id."""
    return source.startswith(("/", "./", "../")) or Path(source).is_dir() or is_single_file(source)


def is_single_file(source: str) -> bool:
    """Whether a source is one file that holds all weights, in the layout of the model's makers."""
    return source.endswith(SINGLE_FILE)


def local_source(model: DiffusionModel) -> Path | None:
    """The folder or file that the model is loaded from; None for a hub id, whose folder is known once downloaded."""
    return Path(model.source) if is_local(model.source) else None


def config_folder(model: DiffusionModel) -> Path | None:
    """Where a single file's pipeline, tokenizers and scheduler are configured; None when the source holds it all."""
    return Path(model.config) if model.config else None


def is_complete(model: DiffusionModel) -> bool:
    """Whether a local model's files are where they should be: a pipeline to be read, and its weights."""
    source = local_source(model)
    if source is None:
        return True
    folder = config_folder(model) or source
    return (folder / "model_index.json").is_file() and source.exists()
