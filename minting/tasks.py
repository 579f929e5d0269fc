"""Background tasks of minting: thin shells around the engine."""

from celery import shared_task

from minting.engine.driving import drive as drive_chains
from minting.indexer import following
from minting.wake import note_woken


@shared_task(name="minting.drive")
def drive() -> int:
    """A wake-up call: drive whatever waits in Postgres (law 1)."""
    note_woken()
    return drive_chains()


@shared_task(name="minting.follow_chains")
def follow_chains() -> int:
    """Read what the chains' logs say that is new. Delivered twice, the second finds nothing new."""
    return following.follow_chains()
