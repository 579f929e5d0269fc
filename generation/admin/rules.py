"""What prompts must not say, and the lists that they choose from."""

from django.contrib import admin

from api.panel import (
    ModelAdmin,
)
from generation.models import PromptRule, Wildcard


@admin.register(PromptRule)
class PromptRuleAdmin(ModelAdmin):
    """What prompts must not say, and what has pictures looked at. Rules count at once, for new jobs."""

    list_display = ("pattern", "action", "reason", "enabled")
    list_filter = ("action", "enabled")
    search_fields = ("pattern", "reason")
    fields = ("pattern", "action", "reason", "enabled")


@admin.register(Wildcard)
class WildcardAdmin(ModelAdmin):
    """The lists behind `__name__` in prompts."""

    list_display = ("name", "size")
    search_fields = ("name", "options")
    fields = ("name", "options")

    @admin.display(description="options")
    def size(self, wildcard: Wildcard) -> int:
        return len([line for line in wildcard.options.splitlines() if line.strip()])
