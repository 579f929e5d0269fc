"""The outbox in the admin panel: what programs were, or will be, told."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from api.panel import ReadOnlyAdmin
from webhooks.models import OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """Every event in the order of writing, newest first. Nobody edits what happened."""

    list_display = ("sequence", "type", "subject", "person", "created_at")
    list_filter = ("type", "created_at")
    list_select_related = ("person",)
    search_fields = ("id", "subject", "type")
    search_help_text = "id of the event or of what it is about, type"
    ordering = ("-sequence",)
    fields = ("sequence", "id", "type", "subject", "person", "facts", "created_at")
    readonly_fields = ("facts",)

    @admin.display(description="what is told")
    def facts(self, event: OutboxEvent) -> SafeString:
        text = json.dumps(event.data, indent=2, ensure_ascii=False)
        return format_html('<pre class="hash whole">{}</pre>', text)
