"""Contracts that tokens are in, and the factory that makes people's own."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value

from api.identifiers import new_id
from minting.models.chains import Chain
from minting.models.transactions import Transaction


class Factory(models.Model):
    """A deployed ColophonFactory, which makes people's own collections. The newest that is mined is used."""

    id = models.BigAutoField(primary_key=True)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="factories")
    address = models.CharField(max_length=42, help_text="EIP-55")
    code_hash = models.BinaryField(max_length=32, help_text="sha256 of the creation code: which version it is")
    deployment = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="deployed_factory")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "factories"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "address"], name="one_row_per_factory"),
        ]

    def __str__(self) -> str:
        return f"{self.address} on {self.chain}"


class Collection(models.Model):
    """One deployed ERC-721 contract."""

    class Status(models.TextChoices):
        DEPLOYING = "deploying", "being deployed"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="collections")
    address = models.CharField(max_length=42, blank=True, help_text="EIP-55; known from the deployer and its nonce")
    name = models.CharField(max_length=80)
    symbol = models.CharField(max_length=12)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="collections"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DEPLOYING)
    is_default = models.BooleanField(default=False)
    factory = models.ForeignKey(
        Factory, null=True, blank=True, on_delete=models.PROTECT, related_name="collections",
        help_text="empty when it is a contract of its own",
    )  # fmt: skip
    is_whole = models.BooleanField(
        default=False, db_default=False, help_text="made by the factory as a whole contract, and no proxy"
    )
    owner_address = models.CharField(
        max_length=42, blank=True, db_default="", help_text="EIP-55; who was made its admin"
    )
    royalty_basis_points = models.PositiveSmallIntegerField(db_default=500, default=500)
    royalty_shares = models.JSONField(
        default=list, db_default=Value([], models.JSONField()), help_text="[{address, parts}] as it was made"
    )
    deployment = models.OneToOneField(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="deployed_collection"
    )
    created_block = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="of one that no transaction of ours made, or that is known of"
    )
    created_by = models.CharField(
        max_length=42, blank=True, db_default="", help_text="EIP-55; who sent the transaction, of the same"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-is_default", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["chain", "address"], condition=~Q(address=""), name="one_collection_per_contract"
            ),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_collection"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def first_block(self) -> int | None:
        """The block in which its contract came into being; None while that is not known."""
        return self.deployment.block_number if self.deployment else self.created_block

    @property
    def is_proxy(self) -> bool:
        """Whether it is a minimal proxy (ERC-1167) of its factory, and no contract with the whole code."""
        return self.factory_id is not None and not self.is_whole

    def takes_works_of(self, person_id: object) -> bool:
        """Whether works of this person may be minted in it: it is hers, or the platform's own, which is everybody's.

        One that somebody made at the factory belongs to its owner, also when the owner is not known here.
        """
        return self.factory_id is None if self.owner_id is None else self.owner_id == person_id
