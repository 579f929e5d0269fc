"""The clock of background work."""

from typing import Any

from django.conf import settings


def test_wake_ups_do_not_pile_up_while_nobody_listens() -> None:
    """Each expires before three of its kind wait: a worker that comes back finds no backlog."""
    entries: dict[str, Any] = dict(settings.CELERY_BEAT_SCHEDULE)
    for entry in entries.values():
        assert 0 < entry["options"]["expires"] <= 2 * entry["schedule"]
