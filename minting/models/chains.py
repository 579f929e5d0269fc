"""Chains, and the accounts of ours that pay on them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from api.identifiers import new_id


class Chain(models.Model):
    """A chain this database has met. Its genesis hash must never change: another chain is refused."""

    chain_id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=80)
    genesis_hash = models.BinaryField(max_length=32)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    gas_price = models.DecimalField(
        max_digits=78, decimal_places=0, null=True, blank=True, help_text="wei, as the engine last offered"
    )

    def __str__(self) -> str:
        return self.name


class SignerNonce(models.Model):
    """The next nonce of one signer on one chain. Its row lock is what makes one sender at a time."""

    id = models.BigAutoField(primary_key=True)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=42)
    next_nonce = models.PositiveBigIntegerField()
    balance = models.DecimalField(
        max_digits=78, decimal_places=0, null=True, blank=True, help_text="wei, when the engine last looked"
    )
    balance_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "address"], name="one_nonce_counter_per_signer"),
        ]

    def __str__(self) -> str:
        return f"{self.address} @ {self.chain_id}: {self.next_nonce}"


class Alert(models.Model):
    """Something that an operator has to mend. It is raised once, and resolved when it is so no more."""

    class Kind(models.TextChoices):
        SIGNER_LOW = "signer_low", "signer nearly empty"
        REFUSED = "refused", "refused by the chain's node"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="alerts")
    subject = models.CharField(max_length=80, help_text="the signer's address, or the transaction's id")
    detail = models.TextField()
    raised_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-raised_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "chain", "subject"], condition=Q(resolved_at=None), name="one_open_alert_per_subject"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
