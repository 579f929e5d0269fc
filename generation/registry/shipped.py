"""The model that is there when none is configured."""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

PROJECT = Path(__file__).resolve().parents[2]
STARTER = PROJECT / "generation" / "starter" / "model"


def shipped_entry() -> dict[str, Any]:
    """The starter model, or the tiny one where the starter's weights are missing, as GENERATION_MODELS would say."""
    if (STARTER / "model_index.json").exists():
        return {"slug": "starter", "source": str(STARTER)}
    tiny = {"slug": "tiny", "name": "Tiny (random weights)", "licence": "CC0-1.0", "default_steps": 8}
    return {**tiny, "source": str(ensure_tiny_model())}


def ensure_tiny_model() -> Path:
    """The folder of the tiny pipeline, made on first use by a process of its own, so that this one needs no torch."""
    folder: Path = settings.COLOPHON_HOME / "models" / "tiny"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".tiny.{secrets.token_hex(8)}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "platform")])}
    try:
        subprocess.run([sys.executable, "-m", "generation.engine.tiny", draft], check=True, env=environment)
        draft.rename(folder)
    except OSError:
        # rename(2) never replaces a filled folder: another process was faster, with the same files.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
