"""The outbox in the admin panel: to be read only."""

from django.contrib import admin

from api.panel import ReadOnlyAdmin
from webhooks.models import OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    """What happened, in order."""

    list_display = ("created_at", "type", "subject", "person")
    list_filter = ("type",)
    search_fields = ("subject",)
