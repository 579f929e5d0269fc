"""The outbox: what happened, written in the transaction in which it happened, to be delivered afterwards."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from api.identifiers import new_id


class OutboxEvent(models.Model):
    """One event. Its id is the `webhook-id` of every delivery (Standard Webhooks), so receivers can tell repetitions.

    `sequence` grows in the order of writing. Two transactions may commit in another order than they wrote in, so a
    reader must not take the highest it saw for the end of the list; ids that were delivered are marked one by one.
    """

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=new_id, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    type = models.CharField(max_length=60, help_text="`mint.final`, `collection.ready`, `voucher.canceled`")
    subject = models.UUIDField(help_text="the id of what the event is about")
    data = models.JSONField(help_text="the facts at that moment, as the API names them")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["sequence"]
        indexes: ClassVar = [models.Index(fields=["subject", "sequence"], name="outbox_of_subject")]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
