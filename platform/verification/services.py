"""Is this file, or this hash, one of ours? Layer by layer, and nothing claimed that is not so (law 8)."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One check on its own.

    `name`: content_hash, pixel_hash, c2pa, attestation, chain, recipe. `state`: holds, does_not_hold,
    cannot_be_told. `code` is stable; `sentence` is for people; `facts` are the values that were compared.
    """

    name: str
    state: str
    code: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The layers and one honest verdict: `is_token`, `is_work`, `same_pixels`, `unknown`."""

    verdict: str
    sentence: str
    content_hash: str
    work_id: str | None
    token: dict[str, Any] | None
    layers: tuple[Layer, ...]


def verify_file(data: bytes) -> Report:
    """Check the exact bytes of an uploaded file; nothing is kept. Raises InvalidInput for what is no picture."""
    raise NotImplementedError


def verify_content_hash(content_hash: bytes) -> Report:
    """Check what is recorded under this SHA-256, here and on the chain."""
    raise NotImplementedError
