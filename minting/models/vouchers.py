"""Permissions to mint with a wallet of one's own."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F

from api.identifiers import new_id
from generation.models import StoredFile, Work
from minting.models.collections import Collection
from minting.models.royalties import OwnRoyalty
from minting.models.transactions import Transaction


class Voucher(OwnRoyalty):
    """The platform's signed permission to mint one work in one collection, to one owner, at a price.

    Whoever holds it may use it until its deadline, so it is only worth nothing again once the chain says that it was
    canceled. What has become of it is asked of `minting.vouchers.state_of`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="vouchers")
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="vouchers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="vouchers")
    to = models.CharField(max_length=42, help_text="the owner's address, EIP-55")
    price = models.DecimalField(max_digits=78, decimal_places=0, help_text="wei")
    deadline = models.DateTimeField(help_text="in whole seconds")
    metadata_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    signer = models.CharField(max_length=42, help_text="EIP-55; a MINTER of the collection")
    signature = models.BinaryField(help_text="as the contract takes it")
    cancellation = models.OneToOneField(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="canceled_voucher"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(F("person"), F("created_at").desc(), name="voucher_of_person"),
            models.Index(fields=["work", "collection"], name="voucher_of_work"),
        ]

    def __str__(self) -> str:
        return f"voucher of {self.work_id} for {self.to}"
