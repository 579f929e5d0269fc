"""The engine's pages in the admin panel: alerts, signers, and what people may spend of the platform's money."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from api.panel import ModelAdmin, ReadOnlyAdmin, ReadOnlyInline, short_text, state_mark
from minting.models import Alert, MintBudget, MintBudgetUse, SignerNonce, TransactionEvent

ETHER = 10**18


class TransactionEventInline(ReadOnlyInline):
    """What happened to a transaction on the way."""

    model = TransactionEvent
    fields = ("at", "kind", "detail")
    readonly_fields = fields


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """What an operator has to mend, and what is mended."""

    list_display = ("name", "state", "chain", "detail", "raised_at", "resolved_at")
    list_display_links = ("name",)
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "kind", "chain")
    list_select_related = ("chain",)
    fields = ("state", "kind", "chain", "subject", "detail", "raised_at", "resolved_at")
    readonly_fields = ("state",)

    @admin.display(description="alert")
    def name(self, alert: Alert) -> str:
        return alert.get_kind_display()

    @admin.display(description="state")
    def state(self, alert: Alert) -> SafeString:
        return state_mark("failed", "open") if alert.resolved_at is None else state_mark("succeeded", "resolved")


@admin.register(SignerNonce)
class SignerAdmin(ReadOnlyAdmin):
    """The accounts that pay for mints, with what they had when the engine last looked."""

    list_display = ("address_text", "chain", "held", "balance_at", "next_nonce")
    list_select_related = ("chain",)
    fields = ("chain", "address", "held", "balance_at", "next_nonce")
    readonly_fields = ("held",)

    @admin.display(description="signer")
    def address_text(self, counter: SignerNonce) -> SafeString:
        return short_text(counter.address)

    @admin.display(description="balance", ordering="balance")
    def held(self, counter: SignerNonce) -> str:
        return "not seen yet" if counter.balance is None else f"{counter.balance / ETHER:,.6f}"


@admin.register(MintBudget)
class MintBudgetAdmin(ModelAdmin):
    """Exceptions from `MINT_BUDGETS` for a person or a key: a setting, so operators write it here."""

    list_display = ("person", "api_key", "mints_per_day", "wei_per_day")
    list_select_related = ("person", "api_key")
    autocomplete_fields = ("person",)
    raw_id_fields = ("api_key",)
    fields = ("person", "api_key", "mints_per_day", "wei_per_day")


@admin.register(MintBudgetUse)
class MintBudgetUseAdmin(ReadOnlyAdmin):
    """What was spent or set aside, by day."""

    list_display = ("day", "subject", "chain", "mints", "wei")
    list_filter = ("day", "chain")
    list_select_related = ("chain",)
    search_fields = ("subject",)
    search_help_text = "person:<id>, key:<id> or everybody"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("-day", "subject")
