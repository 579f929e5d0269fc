"""Transactions: one nonce each, with all that was signed for it and all that happened to it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from api.identifiers import new_id
from minting.models.chains import Chain


class Transaction(models.Model):
    """One nonce of one signer, with every raw transaction ever signed for it (`attempts`)."""

    class Kind(models.TextChoices):
        DEPLOY = "deploy", "deploy a collection"
        MINT = "mint", "mint"
        CALL = "call", "call a collection"
        FILL = "fill", "fill a gap"
        FACTORY = "factory", "deploy the factory"
        SPLITTER = "splitter", "make a splitter"
        CANCEL = "cancel", "cancel a voucher"

    class Status(models.TextChoices):
        ASSIGNED = "assigned", "nonce assigned"
        SIGNED = "signed", "signed and stored"
        SENT = "sent", "sent"
        MINED = "mined", "mined"
        FINAL = "final", "final"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="transactions")
    signer = models.CharField(max_length=42)
    nonce = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    to = models.CharField(max_length=42, blank=True, help_text="empty for a deployment")
    data = models.BinaryField()
    value = models.DecimalField(max_digits=78, decimal_places=0, default=0, help_text="wei")
    gas_limit = models.PositiveBigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASSIGNED)

    hash = models.BinaryField(max_length=32, null=True, blank=True, help_text="of the attempt that was mined")
    block_number = models.PositiveBigIntegerField(null=True, blank=True)
    block_hash = models.BinaryField(max_length=32, null=True, blank=True)
    succeeded = models.BooleanField(null=True, blank=True, help_text="the receipt's status")
    gas_used = models.PositiveBigIntegerField(null=True, blank=True)
    effective_gas_price = models.DecimalField(max_digits=78, decimal_places=0, null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    canceled = models.BooleanField(default=False, db_default=False, help_text="the cancellation is what was mined")
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    mined_at = models.DateTimeField(null=True, blank=True)
    safe_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            # Law 2: a nonce that was assigned is never assigned to another mint.
            models.UniqueConstraint(fields=["chain", "signer", "nonce"], name="a_nonce_is_assigned_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["chain", "signer", "nonce"], condition=~Q(status="final"), name="transaction_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} nonce {self.nonce} ({self.status})"


class TransactionAttempt(models.Model):
    """One raw signed transaction. Committed before it is ever sent (law 2)."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="attempts")
    raw = models.BinaryField()
    hash = models.BinaryField(max_length=32, unique=True)
    max_fee_per_gas = models.DecimalField(max_digits=78, decimal_places=0)
    max_priority_fee_per_gas = models.DecimalField(max_digits=78, decimal_places=0)
    is_cancellation = models.BooleanField(
        default=False, db_default=False, help_text="sends nothing to the signer itself, in place of the mint"
    )
    signed_at = models.DateTimeField(auto_now_add=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    times_sent = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return "0x" + bytes(self.hash).hex()


class TransactionEvent(models.Model):
    """Something that happened to a transaction and that its present state does not tell any more. Never changed."""

    class Kind(models.TextChoices):
        OUTBID = "outbid", "signed again with a higher fee"
        CANCEL = "cancel", "cancellation signed"
        REORGED = "reorged", "its block is gone"
        REPLACED = "replaced", "another program used its nonce"

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    detail = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"
