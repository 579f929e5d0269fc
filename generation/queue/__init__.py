"""The queue: who is next, claims and leases. Postgres is the queue (law 1); docs/QUEUE.md says why it is fair."""

from generation.queue.claiming import claim_jobs, claim_next_job
from generation.queue.leases import (
    Claim,
    LeaseLostError,
    give_back,
    lock_held_job,
    record_preview,
    record_progress,
    recover_lost_jobs,
    renew_lease,
    settle,
    succeed,
)

__all__ = [
    "Claim",
    "LeaseLostError",
    "claim_jobs",
    "claim_next_job",
    "give_back",
    "lock_held_job",
    "record_preview",
    "record_progress",
    "recover_lost_jobs",
    "renew_lease",
    "settle",
    "succeed",
]
