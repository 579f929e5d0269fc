"""Which jobs a claim chooses from. Every look is bounded, however many jobs wait; all that is returned is locked."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from generation.models import Job, Turn

# A look per model: the planner would rather sort all the jobs of all the models.
_OLDEST = """
SELECT job.* FROM unnest(%(models)s::uuid[]) AS model (id)
CROSS JOIN LATERAL (
    SELECT * FROM generation_job AS mine
    WHERE mine.person_id = %(person)s AND mine.priority = %(priority)s AND mine.model_id = model.id
      AND mine.status = 'queued'
    ORDER BY queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) AS job
ORDER BY job.queued_at, job.id LIMIT 1
"""

# Rows come ordered: the first job of each person in the order of turns, then the second of each, …
_OF_KEY_BY_TURNS = """
SELECT job.id
FROM (
    SELECT person_id, priority, row_number() OVER () AS place
    FROM (
        SELECT person_id, priority FROM generation_turn
        WHERE waiting ORDER BY priority, served, since, id LIMIT %(look_ahead)s
    ) AS soonest
) AS turn
CROSS JOIN LATERAL (
    SELECT id, row_number() OVER () AS nth FROM (
        SELECT id FROM generation_job AS mine
        WHERE mine.person_id = turn.person_id AND mine.priority = turn.priority
          AND mine.sampling_key = %(key)s AND mine.status = 'queued'
        ORDER BY queued_at, id LIMIT %(limit)s
    ) AS oldest
) AS job
ORDER BY nth, place
LIMIT %(look_ahead)s
"""

_WARM_BY_TURNS = """
SELECT job.id
FROM (
    SELECT person_id, priority, row_number() OVER () AS place
    FROM (
        SELECT person_id, priority FROM generation_turn
        WHERE waiting AND priority = %(priority)s ORDER BY served, since, id LIMIT %(look_ahead)s
    ) AS soonest
) AS turn
CROSS JOIN LATERAL (
    SELECT id FROM generation_job AS mine
    WHERE mine.person_id = turn.person_id AND mine.priority = turn.priority
      AND mine.model_id = %(model)s AND mine.status = 'queued'
    ORDER BY queued_at, id LIMIT 1
) AS job
ORDER BY place
LIMIT 2
"""

# A turn that another worker is serving is skipped, not waited for: whoever holds a turn waits for no other.
_LOCK = """
SELECT job.id
FROM generation_job AS job
JOIN generation_turn AS turn ON turn.person_id = job.person_id AND turn.priority = job.priority
WHERE job.id = ANY(%(ids)s) AND job.status = 'queued'
FOR UPDATE OF job, turn SKIP LOCKED
"""


def oldest_job(*, turn: Turn, models: Collection[UUID]) -> Job | None:
    """The job of this turn that has waited longest, of one of these models; None when all are locked or gone."""
    values = {"person": turn.person_id, "priority": turn.priority, "models": list(models)}
    return next(iter(Job.objects.raw(_OLDEST, values)), None)


def warm_jobs(*, due: Turn, model: UUID) -> Sequence[Job]:
    """Jobs of a model that is loaded, of the due person or of those who come soon after in the same class."""
    values: dict[str, UUID | int] = {
        "model": model,
        "priority": due.priority,
        "look_ahead": settings.QUEUE_LOOK_AHEAD,
    }
    return _locked(_ids(_WARM_BY_TURNS, values))


def jobs_of_key(key: str, *, limit: int, besides: UUID | None = None) -> Sequence[Job]:
    """At most `limit` waiting jobs of a sampling key, in the order of turns; then those that have waited longest."""
    if limit < 1:
        return []
    look_ahead = settings.QUEUE_LOOK_AHEAD
    ids = _ids(_OF_KEY_BY_TURNS, {"key": key, "look_ahead": look_ahead, "limit": limit + 1})
    if len(ids) <= limit:
        oldest = Job.objects.waiting().filter(sampling_key=key).values_list("pk", flat=True)[:look_ahead]
        ids += [pk for pk in oldest if pk not in set(ids)]
    wanted = [pk for pk in ids if pk != besides]
    return _locked(wanted[: 2 * limit])[:limit]


def _ids(query: str, values: Mapping[str, UUID | int | str]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def _locked(ids: Sequence[UUID]) -> list[Job]:
    """Those that still wait and that nobody else is taking, locked, in the order given."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"ids": list(ids)})
        free = {row[0] for row in cursor.fetchall()}
    jobs = Job.objects.in_bulk(free)
    return [jobs[pk] for pk in ids if pk in jobs]
