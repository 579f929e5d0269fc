"""The append-only log of what curators decided, and why."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from api.identifiers import new_id
from generation.models import Work


class CurationDecision(models.Model):
    """One decision about one work. Never changed or removed: a database trigger refuses both."""

    class Decision(models.TextChoices):
        APPROVE = "approve", "approve"
        HIDE = "hide", "hide"
        REJECT = "reject", "reject"
        RESTORE = "restore", "restore to the queue"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="decisions")
    content_hash = models.BinaryField(max_length=32, help_text="the exact content that was judged")
    curator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=10, choices=Decision.choices)
    reason = models.TextField(max_length=2000)
    previous_state = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.decision} {self.work_id}"
