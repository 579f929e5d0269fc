"""Tables of the index. Nothing in them comes from anywhere but the chain, so they may be wiped and read again."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from api.identifiers import new_id
from minting.indexer.querysets import TokenQuerySet


class IndexedTip(models.Model):
    """The newest block that a chain's index has read, by number and hash: another hash there means a reorg."""

    chain = models.OneToOneField("minting.Chain", primary_key=True, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.chain_id} at block {self.number}"


class IndexedCollection(models.Model):
    """How far a collection's logs were read: a collection that joins later is read from its own first block."""

    collection = models.OneToOneField(
        "minting.Collection", primary_key=True, on_delete=models.CASCADE, related_name="index"
    )
    next_block = models.PositiveBigIntegerField(help_text="the first block that was not read yet")

    def __str__(self) -> str:
        return f"{self.collection_id} from block {self.next_block}"


class IndexedFactory(models.Model):
    """How far a factory's logs were read, which tell of the collections that it made."""

    factory = models.OneToOneField(
        "minting.Factory", primary_key=True, on_delete=models.CASCADE, related_name="index"
    )
    next_block = models.PositiveBigIntegerField(help_text="the first block that was not read yet")

    def __str__(self) -> str:
        return f"{self.factory_id} from block {self.next_block}"


class TokenEvent(models.Model):
    """One log of a collection, decoded: transfers, minting, ERC-7007 data, roles, whatever its contract tells."""

    id = models.BigAutoField(primary_key=True)
    chain = models.ForeignKey("minting.Chain", on_delete=models.CASCADE, related_name="+")
    collection = models.ForeignKey("minting.Collection", on_delete=models.CASCADE, related_name="events")
    block_number = models.PositiveBigIntegerField()
    block_hash = models.BinaryField(max_length=32)
    block_time = models.DateTimeField()
    log_index = models.PositiveIntegerField(help_text="in its block")
    transaction_hash = models.BinaryField(max_length=32)
    name = models.CharField(max_length=60, help_text="of the event in the contract")
    token_id = models.BinaryField(max_length=32, null=True, help_text="the content hash; null when it names no token")
    arguments = models.JSONField(help_text="addresses EIP-55, bytes as 0x hex, integers as decimal text")

    class Meta:
        ordering: ClassVar = ["block_number", "log_index"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "block_number", "log_index"], name="a_log_is_indexed_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["collection", "token_id", "block_number", "log_index"],
                condition=Q(token_id__isnull=False),
                name="event_of_token",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in block {self.block_number}"


class Token(models.Model):
    """A token as its logs tell it; derived from TokenEvent, and from the contract's word for its metadata."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    collection = models.ForeignKey("minting.Collection", on_delete=models.CASCADE, related_name="tokens")
    token_id = models.BinaryField(max_length=32, help_text="the content hash (law 3)")
    owner = models.CharField(max_length=42, blank=True, help_text="EIP-55; empty once it is burnt")
    first_owner = models.CharField(max_length=42, help_text="EIP-55; who it was minted to")
    minted_block = models.PositiveBigIntegerField()
    minted_at = models.DateTimeField(help_text="the time of its block")
    mint_transaction = models.BinaryField(max_length=32)
    changed_block = models.PositiveBigIntegerField(help_text="of its last transfer")
    transfers = models.PositiveIntegerField(help_text="after it was minted")
    pixel_hash = models.BinaryField(max_length=32, null=True)
    recipe_hash = models.BinaryField(max_length=32, null=True)
    attester = models.CharField(max_length=42, blank=True)
    metadata_hash = models.BinaryField(
        max_length=32, null=True, help_text="null when it was burnt before it was read"
    )

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-minted_block", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["collection", "token_id"], name="one_row_per_token"),
        ]
        indexes: ClassVar = [
            models.Index(F("owner"), F("minted_block").desc(), name="token_of_owner"),
            models.Index(fields=["token_id"], name="token_by_content"),
            # A stripped copy of a picture still finds its token.
            models.Index(fields=["pixel_hash"], condition=Q(pixel_hash__isnull=False), name="token_by_pixels"),
        ]

    def __str__(self) -> str:
        return f"0x{bytes(self.token_id).hex()}"

    @property
    def is_burnt(self) -> bool:
        """Whether nobody owns it any more."""
        return not self.owner
