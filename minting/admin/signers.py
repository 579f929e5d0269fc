"""Signers, alerts and budgets in the admin panel: what pays for mints, and what people may spend of it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from api.panel import ModelAdmin, ReadOnlyAdmin, page_link, state_mark
from minting.admin.words import coins, cut
from minting.engine.gaps import nonces_on_chain
from minting.models import Alert, MintBudget, MintBudgetUse, SignerNonce
from minting.querysets import open_transactions


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

    list_display = ("address_text", "chain", "held", "balance_at", "next_nonce", "under_way")
    list_select_related = ("chain",)
    search_fields = ("address",)
    fields = ("chain", "address", "held", "balance_at", "next_nonce", "under_way", "on_the_chain", "gaps")
    readonly_fields = ("held", "under_way", "on_the_chain", "gaps")

    @admin.display(description="signer")
    def address_text(self, counter: SignerNonce) -> str:
        return cut(counter.address)

    @admin.display(description="balance", ordering="balance")
    def held(self, counter: SignerNonce) -> str:
        if counter.balance is None:
            return "not seen yet"
        return coins(round(counter.balance, -12), chain_id=counter.chain_id)

    @admin.display(description="under way")
    def under_way(self, counter: SignerNonce) -> SafeString | str:
        """Transactions that are not mined yet, and a link to the oldest: it holds up the others."""
        waiting = open_transactions(chain_id=counter.chain_id, signer=counter.address)
        oldest = waiting.first()
        return page_link(oldest, f"{waiting.count()}, the oldest with nonce {oldest.nonce}") if oldest else "none"

    @admin.display(description="transactions that the chain counts")
    def on_the_chain(self, counter: SignerNonce) -> str:
        found = nonces_on_chain(counter)
        return "the chain does not answer" if found is None else str(found.count)

    @admin.display(description="nonces that nobody holds")
    def gaps(self, counter: SignerNonce) -> str:
        found = nonces_on_chain(counter)
        if found is None:
            return "cannot be told now"
        missing = ", ".join(str(nonce) for nonce in found.missing)
        return f"{missing}: the engine’s next round fills them" if missing else "none"


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
