"""What is wanted of others: IPFS nodes and time-stamp authorities."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import (
    ReadOnlyAdmin,
    detail_action,
    page_link,
    state_mark,
)
from generation.ipfs import pinning
from generation.models import Pin, TimeStamp


@admin.register(Pin)
class PinAdmin(ReadOnlyAdmin):
    """Files that are wanted on the IPFS node; without `IPFS_API` they wait for one."""

    list_display = ("cid", "standing", "attempts", "last_error", "next_try_at", "pinned_at")
    list_filter = ("state",)
    list_select_related = ("file",)
    search_fields = ("file__cid",)
    fields = ("cid", "standing", "attempts", "last_error", "next_try_at", "pinned_at", "created_at")
    readonly_fields = ("cid", "standing")
    actions = ("pin_selected_again",)
    actions_detail = ("pin_again",)

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("generation.change_pin")

    @admin.display(description="content identifier", ordering="file__cid")
    def cid(self, pin: Pin) -> str:
        return pin.file.cid

    @admin.display(description="state", ordering="state")
    def standing(self, pin: Pin) -> SafeString:
        return state_mark(pin.state, pin.get_state_display())

    @admin.action(description="Send to the node again", permissions=["operate"])
    def pin_selected_again(self, request: HttpRequest, queryset: QuerySet[Pin]) -> None:
        self.act_on_each(
            request, queryset, lambda pin: pinning.pin_again(pin=pin), done="will be sent again.", name=self.cid
        )

    @detail_action("Send again", permissions=["operate"], icon="replay")
    def pin_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda pin: pinning.pin_again(pin=pin),
            question="Send this file to the IPFS node again?",
            sentence="The node is given the same bytes anew. Its answer is compared with our content identifier.",
            button="Send again",
            done="will be sent again.",
        )


@admin.register(TimeStamp)
class TimeStampAdmin(ReadOnlyAdmin):
    """Time-stamps of works: in the file, beside it, or still asked for."""

    list_display = ("of_work", "standing", "authority", "attempts", "last_error", "next_try_at", "stamped_at")
    list_filter = ("state",)
    list_select_related = ("work",)
    fields = ("of_work", "standing", "authority", "attempts", "last_error", "next_try_at", "stamped_at", "created_at")
    readonly_fields = ("of_work", "standing")

    @admin.display(description="work")
    def of_work(self, stamp: TimeStamp) -> SafeString | str:
        return page_link(stamp.work, str(stamp.work))

    @admin.display(description="state", ordering="state")
    def standing(self, stamp: TimeStamp) -> SafeString:
        return state_mark(stamp.state, stamp.get_state_display())
