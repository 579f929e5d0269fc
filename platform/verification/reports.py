"""What a check says: one layer at a time, and one verdict over all of them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from generation.lookalikes import Match

State = Literal["holds", "does_not_hold", "cannot_be_told"]
Verdict = Literal["is_token", "is_work", "same_pixels", "copy", "resembles", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One check on its own.

    `name`: content_hash, pixel_hash, c2pa, attestation, recipe, reexecution, watermark, look_alikes, chain, metadata.
    `state`: holds, does_not_hold, cannot_be_told. `code` is stable; `sentence` is for people; `facts` are the values
    that were compared, all of them JSON.
    """

    name: str
    state: State
    code: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The layers and one honest verdict: `is_token`, `is_work`, `same_pixels`, `copy`, `resembles`, `unknown`.

    `work_id` is None for a stranger's picture and for a work that the curators took off the public pages. `token`:
    `{collection: {id, slug, name, address, chain_id}, token_id, owner, token_uri, block_number, confirmations,
    transaction_hash}`, as the chain itself said just now.
    """

    verdict: Verdict
    sentence: str
    content_hash: str
    work_id: str | None
    token: dict[str, Any] | None
    layers: tuple[Layer, ...]
    matches: tuple[Match, ...] = field(default=(), repr=False)
    """works shown here that look like it, for a page to show beside it"""


def short(value: str) -> str:
    """`0x1234…cdef12`: a hash or an address by its first and last six digits."""
    digits = value.removeprefix("0x")
    prefix = value[: len(value) - len(digits)]
    return value if len(digits) <= 16 else f"{prefix}{digits[:6]}…{digits[-6:]}"


def plain_date(moment: datetime) -> str:
    """`22 November 2026`."""
    return f"{moment.day} {moment:%B %Y}"
