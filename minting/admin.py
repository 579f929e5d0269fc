"""The admin panel of minting: collections, mints and the transactions that carry them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    detail_action,
    matching_hash,
    page_link,
    short_hash,
    short_text,
    state_mark,
    whole_hash,
)
from minting import stuck
from minting.cancelling import cancel_mint
from minting.engine.admin import TransactionEventInline
from minting.models import Chain, Collection, Mint, Transaction, TransactionAttempt
from minting.services import retry_mint


class StuckMints(admin.SimpleListFilter):
    """Mints that do not get on, by what holds them up."""

    title = "what is stuck"
    parameter_name = "stuck"
    questions = {
        "open": ("not final for long", stuck.not_final_for_long),
        "failed": ("failed", stuck.failed),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in self.questions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mint]) -> QuerySet[Mint]:
        question = self.questions.get(self.value() or "")
        return queryset & question[1]() if question else queryset


class StuckTransactions(admin.SimpleListFilter):
    """Open transactions whose last sending went wrong."""

    title = "what is stuck"
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("error", "with an error")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> QuerySet[Transaction]:
        return queryset & stuck.with_an_error() if self.value() == "error" else queryset


@admin.register(Mint)
class MintAdmin(ReadOnlyAdmin):
    """Wishes for tokens and how far they are."""

    list_display = ("token", "state", "collection", "owner", "person", "carried_by", "error_code", "created_at")
    list_display_links = ("token",)
    list_filter = ("status", StuckMints, "collection", "created_at")
    list_select_related = ("work", "collection", "person", "transaction")
    search_fields = ("id", "to", "person__username", "error_code")
    search_help_text = "token id or content hash (0x…), owner's address, person, error"
    fieldsets = (
        (None, {"fields": ("state", "work_page", "collection", "to", "person")}),
        ("Token", {"fields": ("token_id", "metadata")}),
        ("Transaction", {"fields": ("carried_by",)}),
        ("What went wrong", {"fields": ("error_code", "error_detail")}),
        ("Times", {"fields": ("created_at", "submitted_at", "mined_at", "safe_at", "final_at")}),
    )
    readonly_fields = ("state", "work_page", "token_id", "metadata", "carried_by")
    actions = ("retry_selected",)
    actions_detail = ("retry", "cancel")

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("minting.change_mint")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mint], search_term: str
    ) -> tuple[QuerySet[Mint], bool]:
        by_hash = matching_hash(queryset, search_term, ["work__content_hash"])
        if by_hash is not None and by_hash.exists():
            return by_hash, False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="token")
    def token(self, mint: Mint) -> str:
        digits = bytes(mint.work.content_hash).hex()
        return f"0x{digits[:6]}…{digits[-6:]}"

    @admin.display(description="token id: the file's SHA-256")
    def token_id(self, mint: Mint) -> SafeString | str:
        return whole_hash(mint.work.content_hash)

    @admin.display(description="metadata")
    def metadata(self, mint: Mint) -> SafeString:
        return short_text(f"ipfs://{mint.metadata_file.cid}")

    @admin.display(description="work")
    def work_page(self, mint: Mint) -> SafeString | str:
        return page_link(mint.work, self.token(mint))

    @admin.display(description="owner")
    def owner(self, mint: Mint) -> SafeString:
        return short_text(mint.to)

    @admin.display(description="status", ordering="status")
    def state(self, mint: Mint) -> SafeString:
        return state_mark(mint.status, mint.get_status_display())

    @admin.display(description="transaction")
    def carried_by(self, mint: Mint) -> SafeString | str:
        return page_link(mint.transaction)

    @admin.action(description="Try again", permissions=["operate"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Mint]) -> None:
        self.act_on_each(
            request, queryset, lambda mint: retry_mint(mint=mint), done="requested again.", name=self.token
        )

    @detail_action("Try again", permissions=["operate"], icon="replay")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda mint: retry_mint(mint=mint),
            question="Request this token again?",
            sentence="The chain itself refuses a second token of the same picture, so this cannot make two.",
            button="Try again",
            done="requested again.",
        )

    @detail_action("Cancel", permissions=["operate"], icon="block")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda mint: cancel_mint(mint=mint),
            question="Cancel this mint?",
            sentence="What was sent already may still be mined first; then the token exists, and the mint says so.",
            button="Cancel the mint",
            done="canceled, or being canceled.",
        )


class AttemptInline(ReadOnlyInline):
    """Every raw transaction ever signed for a nonce."""

    model = TransactionAttempt
    fields = (
        "transaction_hash",
        "is_cancellation",
        "max_fee_per_gas",
        "max_priority_fee_per_gas",
        "signed_at",
        "last_sent_at",
        "times_sent",
    )
    readonly_fields = fields

    @admin.display(description="hash")
    def transaction_hash(self, attempt: TransactionAttempt) -> SafeString | str:
        return short_hash(attempt.hash)


class CarriedMintInline(ReadOnlyInline):
    """The mints that a transaction carries."""

    model = Mint
    fields = ("page", "to", "state")
    readonly_fields = fields

    @admin.display(description="mint")
    def page(self, mint: Mint) -> SafeString | str:
        return page_link(mint, "0x" + bytes(mint.work.content_hash).hex()[:12] + "…")

    @admin.display(description="status")
    def state(self, mint: Mint) -> SafeString:
        return state_mark(mint.status, mint.get_status_display())


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    """Nonces of our signers, what was signed for them, and what became of it."""

    list_display = ("name", "state", "chain", "sender", "mined_hash", "block_number", "error", "created_at")
    list_display_links = ("name",)
    list_filter = ("status", StuckTransactions, "kind", "chain", "created_at")
    list_select_related = ("chain",)
    search_fields = ("id", "signer", "nonce")
    search_help_text = "transaction hash (0x…), signer or nonce"
    fieldsets = (
        (None, {"fields": ("state", "kind", "chain", "signer", "nonce", "to", "value", "gas_limit")}),
        (
            "On the chain",
            {"fields": ("whole_mined_hash", "block_number", "succeeded", "gas_used", "effective_gas_price")},
        ),
        ("What went wrong", {"fields": ("last_error",)}),
        ("Times", {"fields": ("created_at", "cancel_requested_at", "sent_at", "mined_at", "safe_at", "final_at")}),
    )
    readonly_fields = ("state", "whole_mined_hash")
    inlines = (AttemptInline, TransactionEventInline, CarriedMintInline)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        by_hash = matching_hash(queryset, search_term, ["attempts__hash"])
        if by_hash is not None and by_hash.exists():
            return by_hash.distinct(), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="transaction", ordering="nonce")
    def name(self, transaction: Transaction) -> str:
        return f"{transaction.get_kind_display()}, nonce {transaction.nonce}"

    @admin.display(description="status", ordering="status")
    def state(self, transaction: Transaction) -> SafeString:
        if transaction.canceled:
            return state_mark("canceled", f"{transaction.get_status_display()}, canceled")
        if transaction.succeeded is False:
            return state_mark("failed", f"{transaction.get_status_display()}, reverted")
        return state_mark(transaction.status, transaction.get_status_display())

    @admin.display(description="signer")
    def sender(self, transaction: Transaction) -> SafeString:
        return short_text(transaction.signer)

    @admin.display(description="hash")
    def mined_hash(self, transaction: Transaction) -> SafeString | str:
        return short_hash(transaction.hash)

    @admin.display(description="hash of the attempt that was mined")
    def whole_mined_hash(self, transaction: Transaction) -> SafeString | str:
        return whole_hash(transaction.hash)

    @admin.display(description="last error")
    def error(self, transaction: Transaction) -> str:
        return transaction.last_error[:80] or "—"


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    """Deployed contracts."""

    list_display = ("name", "symbol", "state", "chain", "contract", "owner", "is_default", "created_at")
    list_filter = ("status", "chain")
    list_select_related = ("chain", "owner")
    search_fields = ("name", "slug", "address")
    fields = (
        "name", "slug", "symbol", "description", "state", "chain", "address", "owner", "is_default", "deployed_by",
        "created_at",
    )  # fmt: skip
    readonly_fields = ("state", "deployed_by")

    @admin.display(description="status", ordering="status")
    def state(self, collection: Collection) -> SafeString:
        return state_mark(collection.status, collection.get_status_display())

    @admin.display(description="address")
    def contract(self, collection: Collection) -> SafeString | str:
        return short_text(collection.address) if collection.address else "—"

    @admin.display(description="deployed by")
    def deployed_by(self, collection: Collection) -> SafeString | str:
        return page_link(collection.deployment)


@admin.register(Chain)
class ChainAdmin(ReadOnlyAdmin):
    """Chains this database has met; another chain under the same number is refused."""

    list_display = ("name", "chain_id", "genesis", "first_seen_at")
    fields = ("name", "chain_id", "genesis", "first_seen_at")
    readonly_fields = ("genesis",)

    @admin.display(description="genesis block")
    def genesis(self, chain: Chain) -> SafeString | str:
        return whole_hash(chain.genesis_hash)
