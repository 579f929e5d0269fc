"""What is asked of services outside, again and again until they answer: time-stamps and IPFS pins."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from generation.tables.retrying import Retried


class TimeStamp(Retried):
    """A work's RFC 3161 time-stamp: in the file's manifest, or, when the authority was away, beside the file.

    A file never changes once it is hashed. So what is stamped later is the file's SHA-256; that token is kept here.
    """

    class State(models.TextChoices):
        IN_FILE = "in_file", "in the file"
        WANTED = "wanted", "waiting for the authority"
        STAMPED = "stamped", "beside the file"

    id = models.BigAutoField(primary_key=True)
    work = models.OneToOneField("generation.Work", on_delete=models.CASCADE, related_name="time_stamp")
    state = models.CharField(max_length=7, choices=State.choices)
    authority = models.CharField(max_length=300, help_text="the address that was asked")
    token = models.BinaryField(null=True, help_text="the authority's TimeStampResp (DER) over the file's SHA-256")
    stamped_at = models.DateTimeField(null=True, help_text="the authority's time")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="stamped") | Q(token__isnull=False, stamped_at__isnull=False),
                name="stamped_with_a_token",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state="wanted"), name="time_stamp_wanted")
        ]

    def __str__(self) -> str:
        return self.get_state_display()


class Pin(Retried):
    """The wish to have a stored file on the IPFS node, and what became of it."""

    class State(models.TextChoices):
        WANTED = "wanted", "waiting"
        PINNED = "pinned", "on the node"
        FAILED = "failed", "refused: the node says another CID"

    id = models.BigAutoField(primary_key=True)
    file = models.OneToOneField("generation.StoredFile", on_delete=models.CASCADE, related_name="pin")
    state = models.CharField(max_length=6, choices=State.choices, default=State.WANTED)
    pinned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_try_at"], condition=Q(state="wanted"), name="pin_wanted")]

    def __str__(self) -> str:
        return f"{self.file_id!r} ({self.get_state_display()})"
