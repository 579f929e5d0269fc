"""Waking workers and telling watchers. Both may fail: beat wakes what was forgotten, watchers poll (law 1)."""

import logging
from functools import partial

from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from api import live
from generation.models import Job

logger = logging.getLogger(__name__)

RUN_WAITING_JOBS = "generation.run_waiting_jobs"
STOPS = "generation_job_stops"
"""the channel of PostgreSQL's NOTIFY on which workers hear that a job of theirs may have to stop"""


def wake_painters() -> None:
    """Tell a GPU worker that there is something to do. Call it after commit. Failure is only logged."""
    try:
        # Without a retry: whoever submits must not wait for Redis.
        current_app.send_task(RUN_WAITING_JOBS, queue="generation", retry=False, expires=60)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("no worker was woken, beat will do it: %s", error)


def announce(job: Job, *, revision: int | None = None) -> None:
    """Tell watchers of the job, and of all its person's jobs, once the surrounding transaction has committed.

    `revision`: the row's, where that of `job` was read earlier.
    """
    for channel in (f"job:{job.pk}", f"jobs-of:{job.person_id}"):
        transaction.on_commit(partial(live.publish, channel=channel, revision=revision or job.revision))


def tell_worker_to_stop(job: Job) -> None:
    """Have the worker of a running job look at it once the surrounding transaction has committed.

    Nothing is lost when it does not hear of it: it looks by itself now and then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [STOPS, str(job.pk)])
