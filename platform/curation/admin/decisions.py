"""The log of decisions, to read; and the curator's desk, which adds to it."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from api.panel import ReadOnlyAdmin, page_link, short_hash, state_mark, whole_hash
from curation.admin.desk import desk
from curation.admin.work_columns import title_of
from curation.models import CurationDecision
from generation.models import Work


@admin.register(CurationDecision)
class CurationDecisionAdmin(ReadOnlyAdmin):
    """What was decided, by whom, and why. The database refuses to change any of it."""

    list_display = ("created_at", "what", "work_page", "content", "curator", "short_reason")
    list_display_links = ("created_at",)
    list_filter = ("decision", "curator", "created_at")
    list_select_related = ("work", "curator")
    search_fields = ("reason", "curator__username")
    date_hierarchy = "created_at"
    fields = ("what", "before", "work_page", "content_hash_text", "curator", "reason", "created_at")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        return [path("desk/", self.admin_site.admin_view(self.desk_view), name="curation_desk"), *super().get_urls()]

    def desk_view(self, request: HttpRequest) -> HttpResponse:
        """The curator's desk."""
        return desk(request, panel=self.admin_site)

    @admin.display(description="decision", ordering="decision")
    def what(self, entry: CurationDecision) -> SafeString:
        return state_mark(entry.decision, entry.get_decision_display())

    @admin.display(description="state before")
    def before(self, entry: CurationDecision) -> SafeString:
        return state_mark(entry.previous_state, Work.Review(entry.previous_state).label)

    @admin.display(description="work")
    def work_page(self, entry: CurationDecision) -> SafeString | str:
        return page_link(entry.work, title_of(entry.work))

    @admin.display(description="content that was judged")
    def content(self, entry: CurationDecision) -> SafeString | str:
        return short_hash(entry.content_hash)

    @admin.display(description="content that was judged")
    def content_hash_text(self, entry: CurationDecision) -> SafeString | str:
        return whole_hash(entry.content_hash)

    @admin.display(description="reason")
    def short_reason(self, entry: CurationDecision) -> str:
        return entry.reason if len(entry.reason) <= 90 else entry.reason[:89] + "…"
