"""The way to decide about one work or many: always with a reason, always by the service."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.models import Person
from api.panel import detail_action
from curation.admin.work_columns import WorkColumns, title_of
from curation.models import CurationDecision
from curation.services import REASON_MAX_LENGTH, STATE_AFTER, Decision, is_curator, review_work
from generation.models import Work

BUTTONS = {
    Decision.APPROVE: "Approve",
    Decision.HIDE: "Hide",
    Decision.REJECT: "Reject",
    Decision.RESTORE: "Back to the queue",
}
MEANING = {
    Decision.APPROVE: "It stays in the gallery and can be minted.",
    Decision.HIDE: "Only its maker and curators see it, and it cannot be minted until a curator restores it.",
    Decision.REJECT: "It leaves the gallery and cannot be minted. Its maker sees it, with your reason.",
    Decision.RESTORE: "It awaits review again.",
}
AT_ONCE = 200
"""works that one bulk decision may reach: each is said one by one what became of it"""


class Deciding(WorkColumns):
    """Buttons and bulk actions that ask for a reason first."""

    actions = ("approve_selected", "hide_selected", "reject_selected", "restore_selected")

    def get_urls(self) -> list[URLPattern]:
        review = path(
            "<uuid:work_id>/review/<str:decision>/",
            self.admin_site.admin_view(self.review_view),
            name="generation_work_review",
        )
        return [review, *super().get_urls()]

    def has_review_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_curator(cast("Person", request.user))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Not the decision that would change nothing."""
        work = self.get_object(request, str(object_id))
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # unfold's own
        return [action for action in offered if work is None or _changes(action.action_name.rpartition("_")[2], work)]

    def _ask_reason(
        self, request: HttpRequest, works: list[Work], decision: CurationDecision.Decision
    ) -> HttpResponse:
        """The page between the button and the decision: what will be decided, about what, and why."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"{BUTTONS[decision]}: {len(works)} works" if len(works) > 1 else BUTTONS[decision],
            "opts": self.opts,
            "works": works,
            "decision": decision,
            "button": BUTTONS[decision],
            "meaning": MEANING[decision],
            "reason": request.POST.get("reason", ""),
            "reason_max_length": REASON_MAX_LENGTH,
            "media_url": settings.MEDIA_URL,
            "bulk_action": request.POST.get("action", ""),
            "back": reverse("admin:generation_work_changelist"),
        }
        return TemplateResponse(request, "admin/curation/reason.html", context)

    def _decide(self, request: HttpRequest, works: list[Work], decision: CurationDecision.Decision) -> int:
        """Decide about each work as it was shown; how many were decided."""
        seen = dict(zip(request.POST.getlist("seen_id"), request.POST.getlist("seen_state"), strict=False))

        def review(work: Work) -> None:
            review_work(
                work=work,
                curator=cast("Person", request.user),
                decision=decision,
                reason=request.POST.get("reason", ""),
                seen_state=seen.get(str(work.pk)),
            )

        return self.act_on_each(request, works, review, done=f"{STATE_AFTER[decision].label}.", name=title_of)

    def _decide_selected(
        self, request: HttpRequest, queryset: QuerySet[Work], *, decision: CurationDecision.Decision
    ) -> HttpResponse | None:
        if queryset.count() > AT_ONCE:
            messages.error(request, f"That is more than {AT_ONCE} works. Choose fewer; nothing was changed.")
            return None
        works = list(queryset)
        if "reason" not in request.POST:
            return self._ask_reason(request, works, decision)
        if self._decide(request, works, decision) == 0:
            return self._ask_reason(request, works, decision)
        return None

    @admin.action(description="Approve…", permissions=["review"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Work]) -> HttpResponse | None:
        return self._decide_selected(request, queryset, decision=Decision.APPROVE)

    @admin.action(description="Hide…", permissions=["review"])
    def hide_selected(self, request: HttpRequest, queryset: QuerySet[Work]) -> HttpResponse | None:
        return self._decide_selected(request, queryset, decision=Decision.HIDE)

    @admin.action(description="Reject…", permissions=["review"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Work]) -> HttpResponse | None:
        return self._decide_selected(request, queryset, decision=Decision.REJECT)

    @admin.action(description="Back to the queue…", permissions=["review"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Work]) -> HttpResponse | None:
        return self._decide_selected(request, queryset, decision=Decision.RESTORE)

    def review_view(self, request: HttpRequest, work_id: UUID, decision: str) -> HttpResponse:
        """One work: the reason form, and on POST the decision."""
        if not self.has_review_permission(request):
            raise PermissionDenied
        work = get_object_or_404(self.get_queryset(request), pk=work_id)
        if decision not in Decision.values:
            return redirect("admin:generation_work_change", work.pk)
        chosen = Decision(decision)
        if request.method != "POST" or self._decide(request, [work], chosen) == 0:
            return self._ask_reason(request, [work], chosen)
        return redirect("admin:generation_work_change", work.pk)

    def _to_review(self, request: HttpRequest, object_id: str, decision: CurationDecision.Decision) -> HttpResponse:
        return redirect("admin:generation_work_review", object_id, decision)

    @detail_action("Approve…", permissions=["review"], icon="check_circle")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._to_review(request, object_id, Decision.APPROVE)

    @detail_action("Hide…", permissions=["review"], icon="visibility_off")
    def hide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._to_review(request, object_id, Decision.HIDE)

    @detail_action("Reject…", permissions=["review"], icon="cancel")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._to_review(request, object_id, Decision.REJECT)

    @detail_action("Back to the queue…", permissions=["review"], icon="undo")
    def restore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._to_review(request, object_id, Decision.RESTORE)


def _changes(action: str, work: Work) -> bool:
    """Whether a button would do anything: a decision that stands already would not."""
    return action not in Decision.values or STATE_AFTER[Decision(action)] != work.review_state
