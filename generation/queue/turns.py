"""Whose turn it is: joining the queue, the turn that is due, and what a claim writes into the turns.

Locks are taken in one order everywhere: a turn is waited for only by somebody who holds no other turn, and jobs are
only ever taken with SKIP LOCKED by somebody who holds turns. So nobody waits in a circle.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, Min, OuterRef
from django.utils import timezone

from generation.models import Job, Turn

CLAIMS = "generation_claims"
"""a sequence: it counts claims over all workers without a row that each would have to lock"""

_JOIN = """
INSERT INTO generation_turn (person_id, priority, waiting, served, since, passed)
VALUES (%(person)s, %(priority)s, true, %(level)s, %(now)s, 0)
ON CONFLICT (person_id, priority) DO UPDATE SET
    waiting = true,
    served = CASE WHEN generation_turn.waiting THEN generation_turn.served
                  ELSE greatest(generation_turn.served, excluded.served) END,
    since = CASE WHEN generation_turn.waiting THEN generation_turn.since ELSE excluded.since END,
    passed = CASE WHEN generation_turn.waiting THEN generation_turn.passed ELSE 0 END
"""

# The jobs are asked for in a scalar subquery on purpose: EXISTS may be planned as a join over all that wait. It names
# the order of the index: without one, the planner may hope to meet such a job soon and read the table from its start.
# In SQL itself, because Django takes longer to compose this than PostgreSQL to answer it.
_WITH_A_JOB = """
SELECT turn.* FROM generation_turn AS turn
WHERE turn.waiting AND turn.since < coalesce(%(before)s, 'infinity'::timestamptz) AND (
    SELECT true FROM unnest(%(models)s::uuid[]) AS model (id)
    CROSS JOIN LATERAL (
        SELECT 1 FROM generation_job AS job
        WHERE job.person_id = turn.person_id AND job.priority = turn.priority AND job.model_id = model.id
          AND job.status = 'queued'
        ORDER BY queued_at, id LIMIT 1
    ) AS a_job LIMIT 1
)
"""
_LEAST_SERVED = _WITH_A_JOB + "ORDER BY turn.priority, turn.served, turn.since, turn.id LIMIT 1 FOR UPDATE OF turn"
_LONGEST_WAITING = _WITH_A_JOB + "ORDER BY turn.since, turn.id LIMIT 1 FOR UPDATE OF turn SKIP LOCKED"

_SERVED = """
UPDATE generation_turn AS turn
SET served = served + %(steps)s, since = %(now)s, last_served_at = %(now)s, waiting = EXISTS (
    SELECT 1 FROM generation_job AS job
    WHERE job.person_id = turn.person_id AND job.priority = turn.priority AND job.status = 'queued'
)
WHERE person_id = %(person)s AND priority = %(priority)s
"""


def join_queue(*, person_id: UUID, priority: int) -> None:
    """The person has a waiting job of this class. Locks her turn until the surrounding transaction ends.

    Always writes, also where nothing changes: the lock is what keeps a claim from closing the turn beside it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _JOIN, {"person": person_id, "priority": priority, "level": _level(priority), "now": timezone.now()}
        )


def _level(priority: int) -> int:
    """Where who joins now starts: with the least served of those who wait; when nobody does, with the most served."""
    turns = Turn.objects.filter(priority=priority)
    least = turns.filter(waiting=True).order_by("served").values_list("served", flat=True).first()
    most = turns.order_by("-served").values_list("served", flat=True)
    return (most.first() or 0) if least is None else least


def count_claim() -> int:
    """The number of this claim, over all workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass)", [CLAIMS])
        (number,) = cursor.fetchone()
    return int(number)


def due_turn(*, models: Collection[UUID], of_the_oldest: bool) -> Turn | None:
    """Whose turn it is among those with a waiting job of these models; locked until the transaction ends.

    With `of_the_oldest`, it is whoever has waited longest, if that is longer than QUEUE_AGEING_SECONDS. Turns that
    another worker is serving are skipped, unless there are no others: then this one waits, a few milliseconds.
    """
    asked = list(models)
    turn = None
    if of_the_oldest:
        turn = _first(_LONGEST_WAITING, models=asked, before=_aged_before())
    return (
        turn
        or _first(_LEAST_SERVED + " SKIP LOCKED", models=asked, before=None)
        or _first(_LEAST_SERVED, models=asked, before=None)
    )


def _first(query: str, *, models: list[UUID], before: datetime | None) -> Turn | None:
    return next(iter(Turn.objects.raw(query, {"models": models, "before": before})), None)


def has_aged(turn: Turn) -> bool:
    """Whether it has waited longer than QUEUE_AGEING_SECONDS."""
    return turn.since < _aged_before()


def _aged_before() -> datetime:
    return timezone.now() - timedelta(seconds=settings.QUEUE_AGEING_SECONDS)


def note_served(*, job: Job, picture_steps: int, now: datetime) -> None:
    """Count what a claim gave; the turn starts to wait anew, or ends with its last waiting job.

    The caller has locked the turn and written the job, so no other job can join in between.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SERVED, {"steps": picture_steps, "now": now, "person": job.person_id, "priority": job.priority}
        )


def note_passed(*, turn: Turn, went_past: bool) -> None:
    """Count a claim that went past the oldest job of the turn that was due, or begin counting anew."""
    Turn.objects.filter(pk=turn.pk).update(passed=turn.passed + 1 if went_past else 0)


def take_back_served(*, job: Job) -> None:
    """What was counted for a job at its claim and not drawn is no service. The job's row is locked by the caller."""
    undrawn = (job.count - job.made()) * job.steps
    Turn.objects.filter(person=job.person_id, priority=job.priority).update(served=F("served") - undrawn)


def mend_turns() -> None:
    """Open the turns of whoever has waiting jobs, and close those of who has none.

    Claims and submissions keep the turns right; this heals what was canceled since, and what was submitted by a
    release that knew no turns.
    """
    for person_id, priority in _unturned():
        with transaction.atomic():
            join_queue(person_id=person_id, priority=priority)
    left = Job.objects.filter(person=OuterRef("person"), priority=OuterRef("priority"), status=Job.Status.QUEUED)
    with transaction.atomic():
        idle = Turn.objects.filter(waiting=True).exclude(Exists(left)).select_for_update(skip_locked=True)
        # Asked again under the locks: a job may have joined in between.
        Turn.objects.filter(pk__in=[turn.pk for turn in idle]).exclude(Exists(left)).update(waiting=False)


def _unturned() -> list[tuple[UUID, int]]:
    """Who has waiting jobs and no open turn: (person, class)."""
    turns = Turn.objects.filter(person=OuterRef("person"), priority=OuterRef("priority"), waiting=True)
    waiting = Job.objects.filter(status=Job.Status.QUEUED).exclude(Exists(turns))
    pairs = waiting.values("person_id", "priority").annotate(first=Min("queued_at")).order_by("first")
    return [(pair["person_id"], pair["priority"]) for pair in pairs]
