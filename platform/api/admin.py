"""The admin panel of keys: who has which, when it was used, and the way to revoke it. Never the key itself."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.models import ApiKey
from api.panel import ReadOnlyAdmin, detail_action, state_mark
from api.services import revoke_key


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys by their prefix."""

    list_display = ("__str__", "name", "person", "scope_list", "standing", "last_used_at", "expires_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("prefix", "name", "person__username")
    list_select_related = ("person",)
    fields = ("prefix", "name", "person", "scope_list", "standing", "created_at", "last_used_at", "expires_at")
    readonly_fields = fields
    actions_detail = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("api.change_apikey")

    @admin.display(description="may")
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="standing")
    def standing(self, key: ApiKey) -> SafeString:
        return state_mark("failed", "revoked") if key.revoked_at else state_mark("ready", "in use")

    @detail_action("Revoke", permissions=["revoke"], icon="key_off")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self.row_or_refuse(request, object_id)
        return self.ask_then(
            request,
            key,
            lambda row: revoke_key(key=row),
            question=f"Revoke the key {key}?",
            sentence="From now on it opens nothing. This cannot be taken back; its owner can make a new one.",
            button="Revoke the key",
            done="revoked.",
        )
