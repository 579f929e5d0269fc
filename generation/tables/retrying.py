"""What a row needs that is tried again until it succeeds."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

LONGEST_PAUSE = timedelta(hours=1)


class Retried(models.Model):
    """Attempts, the last error, and when to try next: pauses double from ten seconds to an hour."""

    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def note_failure(self, error: str) -> None:
        """Count a failed attempt and put the next one off; the caller saves."""
        self.attempts += 1
        self.last_error = error[:2000]
        pause = timedelta(seconds=10 * 2 ** min(self.attempts - 1, 10))
        self.next_try_at = timezone.now() + min(pause, LONGEST_PAUSE)
