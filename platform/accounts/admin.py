"""The admin panel of people: who signs in, with which wallets, and in which groups they are."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import Person, Wallet
from api.panel import ReadOnlyAdmin, ReadOnlyInline

if TYPE_CHECKING:  # unfold ships no types; beside Django's own class it adds only looks
    _UserAdmin = UserAdmin[Person]
    _GroupAdmin = DjangoGroupAdmin
else:

    class _UserAdmin(UserAdmin, UnfoldAdmin):
        pass

    class _GroupAdmin(DjangoGroupAdmin, UnfoldAdmin):
        pass


class WalletInline(ReadOnlyInline):
    """A person's wallets; they are linked by signature, never by hand."""

    model = Wallet
    fields = ("address", "verified_at")
    readonly_fields = fields


@admin.register(Person)
class PersonAdmin(_UserAdmin):
    """People. Nobody is deleted, since works and decisions name them; an account is closed by "active"."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "display_name", "group_names", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("groups", "is_staff", "is_active")
    search_fields = ("username", "display_name", "email", "wallets__address")
    ordering = ("-date_joined",)
    inlines = (WalletInline,)
    fieldsets = (
        (None, {"fields": ("username", "display_name", "password")}),
        ("May do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Seen", {"fields": ("date_joined", "last_login")}),
    )
    readonly_fields = ("date_joined", "last_login")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only a superuser gives rights away, or nobody could be kept from giving them to herself."""
        fields = ("date_joined", "last_login")
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="groups")
    def group_names(self, person: Person) -> str:
        return ", ".join(group.name for group in person.groups.all()) or "—"


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    """Addresses that proved to belong to a person."""

    list_display = ("address", "person", "verified_at")
    search_fields = ("address", "person__username")
    list_select_related = ("person",)
    fields = ("address", "person", "verified_at")
    readonly_fields = fields


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(_GroupAdmin):
    """Curators, Operators, and any that you add."""
