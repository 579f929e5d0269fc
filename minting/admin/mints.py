"""Mints and batches of mints in the admin panel."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    detail_action,
    matching_hash,
    page_link,
    short_text,
    state_mark,
    whole_hash,
)
from minting import stuck
from minting.admin.words import royalty_in_words
from minting.attempts import attempts_of
from minting.batches import retry_failed_of
from minting.cancelling import cancel_mint
from minting.models import Mint, MintBatch
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
        ("Token", {"fields": ("token_id", "metadata", "royalty")}),
        ("Transaction", {"fields": ("carried_by", "mined", "batch_page")}),
        ("What went wrong", {"fields": ("error_code", "error_detail")}),
        ("Times", {"fields": ("created_at", "submitted_at", "mined_at", "safe_at", "final_at")}),
    )
    readonly_fields = ("state", "work_page", "token_id", "metadata", "royalty", "carried_by", "batch_page", "mined")
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

    @admin.display(description="royalty of its own")
    def royalty(self, mint: Mint) -> str:
        return royalty_in_words(mint)

    @admin.display(description="what was mined")
    def mined(self, mint: Mint) -> str:
        """The truth about a mint that was canceled: the token, the cancellation, or neither yet."""
        lines = [line for line in attempts_of(mint.transaction) if line.mined]
        return lines[0].outcome if lines else "Nothing yet."

    @admin.display(description="asked for with others")
    def batch_page(self, mint: Mint) -> SafeString | str:
        return page_link(mint.batch)

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
            done="canceled at once, or being canceled: this page says what is mined.",
        )


class MintOfBatchInline(ReadOnlyInline):
    """The mints that were asked for together."""

    model = Mint
    fields = ("page", "to", "state", "error_code")
    readonly_fields = fields

    @admin.display(description="mint")
    def page(self, mint: Mint) -> SafeString | str:
        return page_link(mint, "0x" + bytes(mint.work.content_hash).hex()[:12] + "…")

    @admin.display(description="status")
    def state(self, mint: Mint) -> SafeString:
        return state_mark(mint.status, mint.get_status_display())


@admin.register(MintBatch)
class MintBatchAdmin(ReadOnlyAdmin):
    """Mints that were asked for together, and how far they are."""

    list_display = ("id", "person", "how_many", "ended", "failures", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("person",)
    search_fields = ("id", "person__username")
    fields = ("id", "person", "how_many", "ended", "failures", "created_at")
    readonly_fields = ("how_many", "ended", "failures")
    inlines = (MintOfBatchInline,)
    actions_detail = ("retry_failed",)

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("minting.change_mint")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MintBatch]:
        counts = {
            "how_many": Count("mints"),
            "ended": Count("mints", filter=Q(mints__status=Mint.Status.FINAL)),
            "failures": Count("mints", filter=Q(mints__status=Mint.Status.FAILED)),
        }
        rows: QuerySet[MintBatch] = super().get_queryset(request)
        return rows.annotate(**counts).order_by("-created_at")

    @admin.display(description="mints")
    def how_many(self, batch: Any) -> int:
        return int(batch.how_many)

    @admin.display(description="final")
    def ended(self, batch: Any) -> int:
        return int(batch.ended)

    @admin.display(description="failed")
    def failures(self, batch: Any) -> int:
        return int(batch.failures)

    @detail_action("Try the failed ones again", permissions=["operate"], icon="replay")
    def retry_failed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch: MintBatch = self.row_or_refuse(request, object_id)
        return self.ask_then(
            request,
            batch,
            lambda _: retry_failed_of(batch),
            question="Request the failed mints of this batch again?",
            sentence="Those that are under way or final stay as they are.",
            button="Try again",
            done="requested again.",
        )
