"""The live state of a person's unfinished jobs, all in one stream: a browser holds only six connections to a site."""

import time

from accounts.models import Person
from api.events import Source, State
from api.streaming import event_view
from generation.studio.strip import Standing, standings


def _source(person: Person) -> Source:
    def fingerprint() -> list[tuple[object, ...]]:
        return [_print(each) for each in standings(person)]

    def state() -> State:
        # Jobs come and go, so no row holds a revision for all of them; the moment of looking serves as one.
        body = {"jobs": [_shown(each) for each in standings(person)]}
        return State(revision=time.time_ns() // 1_000_000, body=body, is_final=False)

    return Source(channel=f"jobs-of:{person.pk}", fingerprint=fingerprint, state=state)


def _print(standing: Standing) -> tuple[object, ...]:
    return standing.job.pk, standing.job.revision, standing.place, standing.ready, standing.when


def _shown(standing: Standing) -> dict[str, object]:
    """What the page's script needs: what changes often, and enough to see when it must ask for the rest."""
    job = standing.job
    return {
        "id": str(job.pk),
        "status": job.status,
        "step": job.step,
        "total_steps": job.total_steps,
        "ready": standing.ready,
        "place": standing.place,
        "when": standing.when,
        "preview": {"index": job.preview_index, "url": standing.preview} if standing.preview else None,
        "is_stopping": job.cancel_requested_at is not None,
    }


events = event_view(_source)
"""server-sent events: each `data` is the state of all the caller's unfinished jobs"""
