"""The one row that each living worker keeps fresh."""

from typing import ClassVar

from django.db import models


class WorkerSeen(models.Model):
    """A Celery worker, and when it last said that it lives. `/readyz` reads this."""

    name = models.CharField(max_length=200, primary_key=True, help_text="queue@host")
    queue = models.CharField(max_length=60)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "worker"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
