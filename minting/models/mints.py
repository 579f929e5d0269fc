"""Wishes for tokens, alone or many at once."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from api.identifiers import new_id
from generation.models import StoredFile, Work
from minting.models.collections import Collection
from minting.models.royalties import OwnRoyalty
from minting.models.transactions import Transaction


class MintBatch(models.Model):
    """Mints that were asked for together, all or none. On the chain they go their own ways."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Mint(OwnRoyalty):
    """The wish to have a work as a token in a collection, owned by an address.

    The token's id is the work's content hash (law 3). `revision` grows with every visible change and is the id
    of the live events.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "requested"
        SUBMITTED = "submitted", "submitted"
        MINED = "mined", "mined"
        FINAL = "final", "final"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="mints")
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="mints")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mints")
    to = models.CharField(max_length=42, help_text="the owner's address, EIP-55")
    metadata_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.REQUESTED)
    transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="mints"
    )
    batch = models.ForeignKey(
        MintBatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="mints", db_index=False
    )
    error_code = models.CharField(max_length=60, blank=True)
    error_detail = models.TextField(blank=True)
    goes_alone = models.BooleanField(
        default=False, db_default=False, help_text="a transaction that it shared with others was reverted"
    )
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    mined_at = models.DateTimeField(null=True, blank=True)
    safe_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["work", "collection"],
                condition=~Q(status="failed"),
                name="one_token_per_work_and_collection",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(status="requested"), name="mint_requested"),
            models.Index(F("person"), F("created_at").desc(), name="mint_of_person"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="mint_of_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.work_id} → {self.to} ({self.status})"
