"""What every page of the admin panel shares: read-only pages, hashes as text, states as words, asking before a write.

Nothing is written by the panel's forms: what staff may do, they do through the services, by named actions.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action as unfold_action

from api.errors import Problem

if TYPE_CHECKING:  # unfold ships no types; its classes derive from Django's
    from django.contrib import admin

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin, TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """Pages to look at: nothing is added, changed or deleted by hand."""

    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def act_on_each(
        self,
        request: HttpRequest,
        rows: Iterable[Any],
        act: Callable[[Any], object],
        *,
        done: str,
        name: Callable[[Any], str] = str,
    ) -> int:
        """Call `act` on each row and say of each what became of it. How many it was done to."""
        count = 0
        for row in rows:
            try:
                act(row)
            except Problem as problem:
                messages.error(request, f"{name(row)}: {problem.detail}")
            else:
                count += 1
                messages.success(request, f"{name(row)}: {done}")
        return count

    def ask_then(
        self,
        request: HttpRequest,
        row: Model,
        act: Callable[[Any], object],
        *,
        question: str,
        sentence: str,
        button: str,
        done: str,
    ) -> HttpResponse:
        """A page that asks first (a link must never write), then does it on POST and goes back to the row."""
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        if request.method == "POST":
            self.act_on_each(request, [row], act, done=done)
            return redirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.opts,
            "original": row,
            "sentence": sentence,
            "button": button,
            "back": page,
        }
        return TemplateResponse(request, "admin/colophon/ask.html", context)

    def row_or_refuse(self, request: HttpRequest, object_id: str) -> Any:
        """The row that this person may look at. Raises PermissionDenied."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        return row


class ReadOnlyInline(TabularInline):
    """Rows that belong to the page's row, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False
    tab = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def detail_action(
    description: str, *, permissions: Sequence[str], icon: str = ""
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A button on a row's page. Its method gets `(request, object_id)`; without the permission it answers 403."""
    decorate = unfold_action(description=description, permissions=list(permissions), icon=icon or None)
    return cast("Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]", decorate)


def hash_text(value: bytes | memoryview | None) -> str:
    """`0x` and hex, or nothing."""
    return "" if value is None else "0x" + bytes(value).hex()


def short_hash(value: bytes | memoryview | None) -> SafeString | str:
    """First and last six digits, the whole in the tooltip, and a button that copies the whole."""
    text = hash_text(value)
    return short_text(text) if text else "—"


def short_text(text: str) -> SafeString:
    """A long identifier (hash, address, content id) cut in the middle, with the whole at hand."""
    cut = text if len(text) <= 20 else f"{text[:8]}…{text[-6:]}"
    return format_html(
        '<span class="hash" title="{0}">{1}</span>'
        '<button type="button" class="copy" data-copy="{0}" aria-label="Copy {0}">copy</button>',
        text,
        cut,
    )


def whole_hash(value: bytes | memoryview | None) -> SafeString | str:
    """All of it, in the mono face, with a button that copies it."""
    text = hash_text(value)
    if not text:
        return "—"
    return format_html(
        '<span class="hash whole">{0}</span><button type="button" class="copy" data-copy="{0}">copy</button>', text
    )


STATE_LOOKS = {
    "pending": ("schedule", "quiet"),
    "queued": ("schedule", "quiet"),
    "requested": ("schedule", "quiet"),
    "assigned": ("schedule", "quiet"),
    "deploying": ("schedule", "quiet"),
    "running": ("brush", "quiet"),
    "signed": ("draw", "quiet"),
    "sent": ("send", "quiet"),
    "submitted": ("send", "quiet"),
    "mined": ("deployed_code", "quiet"),
    "approved": ("check_circle", "holds"),
    "succeeded": ("check_circle", "holds"),
    "final": ("check_circle", "holds"),
    "ready": ("check_circle", "holds"),
    "approve": ("check_circle", "holds"),
    "restore": ("undo", "quiet"),
    "hidden": ("visibility_off", "doubt"),
    "hide": ("visibility_off", "doubt"),
    "canceled": ("block", "doubt"),
    "bit-exact": ("check_circle", "holds"),
    "within-tolerance": ("check_circle", "holds"),
    "differs": ("cancel", "fails"),
    "rejected": ("cancel", "fails"),
    "reject": ("cancel", "fails"),
    "failed": ("error", "fails"),
}
"""icon and tone of every state; the word is always there too, never a colour alone"""


def state_mark(state: str, words: str) -> SafeString:
    """A state as an icon, a word and a colour."""
    icon, tone = STATE_LOOKS.get(state, ("circle", "quiet"))
    return format_html(
        '<span class="state {}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        tone,
        icon,
        words,
    )


def page_link(row: Model | None, words: object = None) -> SafeString | str:
    """A link to the row's own page in the panel."""
    if row is None:
        return "—"
    opts = row._meta  # noqa: SLF001 - Django's documented model API
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
    return format_html('<a class="row-link" href="{}">{}</a>', address, str(row) if words is None else words)


def shown_prompt(row: Any) -> str:
    """The prompt, unless its maker keeps it private: staff have no business reading those."""
    return "Private prompt" if row.private_prompt else str(row.prompt)


def matching_hash(queryset: QuerySet[Any], term: str, fields: Sequence[str]) -> QuerySet[Any] | None:
    """Rows with a hash that starts with this hex text, `0x` or not; None when it is no hex of 4 bytes or more."""
    digits = term.strip().lower().removeprefix("0x")
    if not 8 <= len(digits) <= 64:
        return None
    try:
        low = bytes.fromhex(digits.ljust(64, "0"))
        high = bytes.fromhex(digits.ljust(64, "f"))
    except ValueError:
        return None
    between = [Q(**{f"{field}__gte": low, f"{field}__lte": high}) for field in fields]
    return queryset.filter(reduce(or_, between))
