"""Transactions and chains in the admin panel: every nonce, every attempt, and what became of it."""

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
from minting.attempts import outcome_of
from minting.deploying import ensure_factory
from minting.models import Chain, Mint, Transaction, TransactionAttempt, TransactionEvent


class StuckTransactions(admin.SimpleListFilter):
    """Open transactions whose last sending went wrong."""

    title = "what is stuck"
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("error", "with an error")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> QuerySet[Transaction]:
        return queryset & stuck.with_an_error() if self.value() == "error" else queryset


class TransactionEventInline(ReadOnlyInline):
    """What happened to a transaction on the way."""

    model = TransactionEvent
    fields = ("at", "kind", "detail")
    readonly_fields = fields


class AttemptInline(ReadOnlyInline):
    """Every raw transaction ever signed for a nonce."""

    model = TransactionAttempt
    fields = (
        "transaction_hash",
        "outcome",
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

    @admin.display(description="what became of it")
    def outcome(self, attempt: TransactionAttempt) -> str:
        return outcome_of(attempt.transaction, attempt)


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


@admin.register(Chain)
class ChainAdmin(ReadOnlyAdmin):
    """Chains this database has met; another chain under the same number is refused."""

    list_display = ("name", "chain_id", "genesis", "first_seen_at")
    fields = ("name", "chain_id", "genesis", "first_seen_at")
    readonly_fields = ("genesis",)
    actions_detail = ("deploy_factory",)

    def has_deploy_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("minting.add_factory")

    @detail_action("Deploy the factory", permissions=["deploy"], icon="factory")
    def deploy_factory(self, request: HttpRequest, object_id: str) -> HttpResponse:
        chain: Chain = self.row_or_refuse(request, object_id)
        return self.ask_then(
            request,
            chain,
            lambda row: ensure_factory(chain_id=row.chain_id),
            question=f"Deploy this release’s factory on {chain.name}?",
            sentence="The platform’s signer pays. One that is there, or on its way, is left as it is.",
            button="Deploy it",
            done="the factory is there, or on its way.",
        )

    @admin.display(description="genesis block")
    def genesis(self, chain: Chain) -> SafeString | str:
        return whole_hash(chain.genesis_hash)
