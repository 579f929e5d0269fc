"""The four stations of a mint, as its page shows them."""

from dataclasses import dataclass
from datetime import datetime

from minting.models import Mint

ORDER = [Mint.Status.REQUESTED, Mint.Status.SUBMITTED, Mint.Status.MINED, Mint.Status.FINAL]
MEANINGS = {
    Mint.Status.REQUESTED: "Your wish is written down.",
    Mint.Status.SUBMITTED: "The transaction is signed and sent.",
    Mint.Status.MINED: "It stands in a block.",
    Mint.Status.FINAL: "Deep enough to stay.",
}


@dataclass(frozen=True, kw_only=True)
class Station:
    """One of the four: whether it was reached, when, and whether the mint is on its way to the next."""

    name: str
    meaning: str
    state: str
    """`reached`, `current` (being waited for), `stopped` (failed on the way here) or `ahead`"""
    at: datetime | None


def stations_of(mint: Mint) -> list[Station]:
    """The stations, in order."""
    times = [mint.created_at, mint.submitted_at, mint.mined_at, mint.final_at]
    failed = mint.status == Mint.Status.FAILED
    # How far a failed mint came is known from its times only.
    reached = sum(1 for time in times if time) if failed else ORDER.index(Mint.Status(mint.status)) + 1
    following = "stopped" if failed else "current"
    states = ["reached"] * reached + [following] + ["ahead"] * len(ORDER)
    return [
        Station(name=status.label, meaning=MEANINGS[status], state=state, at=time if state == "reached" else None)
        for status, state, time in zip(ORDER, states, times, strict=False)
    ]
