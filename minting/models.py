"""Chains, collections, mints, and the transactions that carry them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value

from api.identifiers import new_id
from api.models import ApiKey
from generation.models import StoredFile, Work


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


class Transaction(models.Model):
    """One nonce of one signer, with every raw transaction ever signed for it (`attempts`)."""

    class Kind(models.TextChoices):
        DEPLOY = "deploy", "deploy a collection"
        MINT = "mint", "mint"
        CALL = "call", "call a collection"
        FILL = "fill", "fill a gap"
        FACTORY = "factory", "deploy the factory"
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


class MintBatch(models.Model):
    """Mints that were asked for together, all or none. On the chain they go their own ways."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Mint(models.Model):
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


class Voucher(models.Model):
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


# Django looks for tables here; the index has a package of its own.
from minting.indexer.models import IndexedCollection, IndexedTip, Token, TokenEvent  # noqa: E402, F401
