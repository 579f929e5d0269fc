"""What relayed mints may spend of the platform's money, and what they have."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from api.models import ApiKey
from minting.models.chains import Chain
from minting.models.mints import Mint


class MintBudget(models.Model):
    """What an operator allows a person or a key per day instead of `MINT_BUDGETS`. Empty: without limit."""

    id = models.BigAutoField(primary_key=True)
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="mint_budget"
    )
    api_key = models.OneToOneField(
        ApiKey, null=True, blank=True, on_delete=models.CASCADE, related_name="mint_budget", verbose_name="key"
    )
    mints_per_day = models.PositiveIntegerField(null=True, blank=True)
    wei_per_day = models.DecimalField(
        max_digits=78, decimal_places=0, null=True, blank=True, help_text="on each chain"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, api_key=None) | Q(person=None, api_key__isnull=False),
                name="budget_is_a_persons_or_a_keys",
            )
        ]

    def __str__(self) -> str:
        return f"budget of {self.person or self.api_key}"


class MintBudgetUse(models.Model):
    """What one subject has spent or reserved on one chain on one day (UTC). Its row lock makes reserving atomic."""

    id = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=60, help_text="`person:<id>`, `key:<id>` or `everybody`")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    mints = models.PositiveIntegerField(default=0)
    wei = models.DecimalField(max_digits=78, decimal_places=0, default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "chain", "day"], name="one_budget_use_per_subject_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.subject} on {self.day}: {self.mints} mints, {self.wei} wei"


class MintReservation(models.Model):
    """The platform's money set aside for a mint; `wei` becomes what it cost when the receipt is there."""

    class Status(models.TextChoices):
        RESERVED = "reserved", "reserved"
        SETTLED = "settled", "settled"
        RETURNED = "returned", "given back"

    mint = models.OneToOneField(Mint, primary_key=True, on_delete=models.CASCADE, related_name="reservation")
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    day = models.DateField()
    subjects = ArrayField(models.CharField(max_length=60))
    wei = models.DecimalField(max_digits=78, decimal_places=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RESERVED)

    def __str__(self) -> str:
        return f"{self.wei} wei for {self.mint_id} ({self.status})"
