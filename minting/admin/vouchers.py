"""Vouchers in the admin panel: what was signed, and taking one back."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import ReadOnlyAdmin, detail_action, page_link, short_text, state_mark, whole_hash
from minting import vouchers
from minting.admin.words import coins, royalty_in_words
from minting.models import Voucher

LOOKS = {
    vouchers.OPEN: "pending",
    vouchers.CANCELING: "submitted",
    vouchers.CANCELED: "canceled",
    vouchers.USED: "final",
    vouchers.EXPIRED: "hidden",
}


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    """Permissions to mint with a wallet of one's own."""

    list_display = ("token", "state", "collection", "owner", "cost", "person", "deadline", "created_at")
    list_display_links = ("token",)
    list_filter = ("collection", "deadline", "created_at")
    list_select_related = ("work", "collection", "person", "cancellation")
    search_fields = ("id", "to", "person__username")
    search_help_text = "id, owner’s address, person"
    fieldsets = (
        (None, {"fields": ("state", "work_page", "collection", "to", "cost", "royalty", "deadline", "person")}),
        ("Signature", {"fields": ("signer", "signed")}),
        ("Taken back", {"fields": ("canceled_by",)}),
        ("Times", {"fields": ("created_at",)}),
    )
    readonly_fields = ("state", "work_page", "cost", "royalty", "signed", "canceled_by")
    actions_detail = ("cancel",)

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("minting.change_voucher")

    @admin.display(description="token")
    def token(self, voucher: Voucher) -> str:
        digits = bytes(voucher.work.content_hash).hex()
        return f"0x{digits[:6]}…{digits[-6:]}"

    @admin.display(description="status")
    def state(self, voucher: Voucher) -> SafeString:
        state = vouchers.state_of(voucher)
        return state_mark(LOOKS[state], state)

    @admin.display(description="work")
    def work_page(self, voucher: Voucher) -> SafeString | str:
        return page_link(voucher.work, self.token(voucher))

    @admin.display(description="owner")
    def owner(self, voucher: Voucher) -> SafeString:
        return short_text(voucher.to)

    @admin.display(description="price", ordering="price")
    def cost(self, voucher: Voucher) -> str:
        return coins(voucher.price, chain_id=voucher.collection.chain_id) if voucher.price else "none"

    @admin.display(description="royalty of its own")
    def royalty(self, voucher: Voucher) -> str:
        return royalty_in_words(voucher)

    @admin.display(description="signature")
    def signed(self, voucher: Voucher) -> SafeString | str:
        return whole_hash(voucher.signature)

    @admin.display(description="by the transaction")
    def canceled_by(self, voucher: Voucher) -> SafeString | str:
        return page_link(voucher.cancellation)

    @detail_action("Take it back", permissions=["operate"], icon="block")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda voucher: vouchers.cancel_voucher(voucher=voucher),
            question="Take this voucher back?",
            sentence="The contract is told to refuse it, and the platform pays for that. Until this is mined the "
            "voucher can still be used; this page says what happened first.",
            button="Take it back",
            done="being taken back.",
        )
