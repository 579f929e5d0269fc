"""What stands below a work in the panel: what was decided about it, and who had it run again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from api.panel import ReadOnlyInline, state_mark
from curation.models import CurationDecision
from generation.models import Rerun


class DecisionInline(ReadOnlyInline):
    """What was decided about a work, the newest first."""

    model = CurationDecision
    fields = ("created_at", "what", "curator", "reason")
    readonly_fields = fields
    verbose_name_plural = "decisions"

    @admin.display(description="decision")
    def what(self, entry: CurationDecision) -> SafeString:
        return state_mark(entry.decision, entry.get_decision_display())


class RerunInline(ReadOnlyInline):
    """Who had the work run again, on which worker, and what came out."""

    model = Rerun
    fk_name = "work"
    fields = ("created_at", "kind", "asker", "standing", "worker", "why_not")
    readonly_fields = fields
    verbose_name_plural = "re-runs"

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whoever sees a work sees these."""
        return request.user.has_perm("generation.view_work")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rerun]:
        return super().get_queryset(request).select_related("job", "record", "asked_by")

    @admin.display(description="asked by")
    def asker(self, rerun: Rerun) -> str:
        return str(rerun.asked_by) if rerun.asked_by else "an operator at the machine"

    @admin.display(description="result")
    def standing(self, rerun: Rerun) -> SafeString:
        record = getattr(rerun, "record", None)
        if record is not None:
            return state_mark(record.result, record.get_result_display())
        return state_mark(rerun.job.status, rerun.job.get_status_display()) if rerun.job else format_html("—")

    @admin.display(description="worker")
    def worker(self, rerun: Rerun) -> str:
        record = getattr(rerun, "record", None)
        return record.worker if record else "—"

    @admin.display(description="why not")
    def why_not(self, rerun: Rerun) -> str:
        return rerun.job.error_detail if rerun.job else ""
