"""Royalties that are one token's own, and the splitters that several share them through."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Value

from api.identifiers import new_id
from minting.models.chains import Chain
from minting.models.transactions import Transaction


class OwnRoyalty(models.Model):
    """The royalty that a creator wants for one token. Without a receiver the token has its collection's."""

    royalty_receiver = models.CharField(
        max_length=42, blank=True, default="", db_default="", help_text="EIP-55; of several payees, their splitter"
    )
    royalty_basis_points = models.PositiveSmallIntegerField(null=True, blank=True)
    royalty_shares = models.JSONField(
        default=list,
        blank=True,
        db_default=Value([], models.JSONField()),
        help_text="[{address, parts}] of a splitter",
    )

    class Meta:
        abstract = True

    def own_royalty(self) -> tuple[str, int] | None:
        """Who receives how many basis points, as the contract takes it; None for the collection's royalty."""
        return (self.royalty_receiver, self.royalty_basis_points or 0) if self.royalty_receiver else None

    def payees(self) -> list[dict[str, Any]]:
        """Whom the splitter pays, with the percentage of the royalty; none when one address gets all."""
        whole = sum(share["parts"] for share in self.royalty_shares)
        return [
            {"address": share["address"], "percent": round(Decimal(100 * share["parts"]) / whole, 2)}
            for share in self.royalty_shares
        ]


class Splitter(models.Model):
    """A RoyaltySplitter that the platform had a factory make for tokens. Its shares determine its address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="splitters")
    address = models.CharField(max_length=42, help_text="EIP-55")
    shares = models.JSONField(help_text="[{address, parts}], in the contract's order")
    deployment = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="deployed_splitter")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "address"], name="one_row_per_splitter"),
        ]

    def __str__(self) -> str:
        return f"{self.address} on {self.chain}"
