"""Which jobs may share a denoising batch: those whose every step is one call of one network with the same shapes."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from provenance.canonical import canonical_json
from provenance.recipes import decimal_text

TEXT_TO_IMAGE = "text-to-image"


def sampling_key(
    *,
    model_id: UUID,
    width: int,
    height: int,
    guidance_scale: Decimal,
    mode: str = TEXT_TO_IMAGE,
    scheduler: str = "",
    adapters: Sequence[tuple[str, Decimal]] = (),
) -> str:
    """A digest, 64 hex digits, that is equal for jobs which may share a batch. Jobs without one are drawn alone.

    `width` and `height` in pixels; `scheduler` is empty for the model's own; `adapters` are digests and strengths in
    the order they are applied. Prompts, seeds, steps and the strength of guidance may differ inside a batch; whether
    there is guidance may not, for it doubles what goes through the network. Which weights the model has now is
    left to the worker: it looks at the files when it loads them, and does not mix what differs.
    """
    facts = {
        "model": str(model_id),
        "size": [width, height],
        "guided": is_guided(guidance_scale),
        "mode": mode,
        "scheduler": scheduler,
        "adapters": [[digest, decimal_text(strength)] for digest, strength in adapters],
    }
    return hashlib.sha256(canonical_json(facts)).hexdigest()


def is_guided(guidance_scale: Decimal) -> bool:
    """Whether diffusers computes each step twice, with and without the prompt: above a scale of 1."""
    return guidance_scale > 1
