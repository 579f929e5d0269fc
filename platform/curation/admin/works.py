"""Works as a contact sheet, and the way to decide about one or many: always with a reason, always by the service."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Person
from api.panel import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    detail_action,
    matching_hash,
    page_link,
    shown_prompt,
    state_mark,
    whole_hash,
)
from curation.models import CurationDecision
from curation.services import REASON_MAX_LENGTH, STATE_AFTER, Decision, is_curator, review_work
from generation.models import Rerun, Work
from generation.reruns.asking import ask_for_rerun

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:  # unfold ships no types
    from unfold.views import ChangeList

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


def title_of(work: Work) -> str:
    """A work's prompt, short, as staff may see it."""
    text = shown_prompt(work)
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


class ContactSheet(ChangeList):
    """One sheet of works; what its template needs to know beside the works."""

    def __init__(self, request: HttpRequest, *arguments: Any, **named: Any) -> None:
        super().__init__(request, *arguments, **named)
        self.may_review = is_curator(cast("Person", request.user))
        self.media_url = settings.MEDIA_URL


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


@admin.register(Work)
class WorkAdmin(ReadOnlyAdmin):
    """Every picture with its review state."""

    list_display = ("__str__",)
    list_filter = ("review_state", "flagged", "resemblances__kind", "model", "created_at")
    list_select_related = ("person", "model")
    list_per_page = 48
    list_before_template = "admin/curation/states.html"
    search_fields = ("prompt",)
    search_help_text = "prompt, content hash (0x…) or person"
    fieldsets = (
        (None, {"fields": ("picture", "state", "wish", "maker", "model", "job_page", "flag", "looks_like")}),
        ("Colophon", {"fields": ("seed", "size", "content_hash_text", "pixel_hash_text", "recipe_hash_text")}),
        ("Written down", {"fields": ("recipe", "attestation")}),
        ("Made", {"fields": ("created_at",)}),
    )
    readonly_fields = (
        "picture", "state", "wish", "maker", "job_page", "flag", "looks_like", "size", "content_hash_text",
        "pixel_hash_text",
        "recipe_hash_text",
    )  # fmt: skip
    inlines = (DecisionInline, RerunInline)
    actions = ("approve_selected", "hide_selected", "reject_selected", "restore_selected")
    actions_detail = ("approve", "hide", "reject", "restore", "run_again", "check_one_step")

    def get_urls(self) -> list[URLPattern]:
        review = path(
            "<uuid:work_id>/review/<str:decision>/",
            self.admin_site.admin_view(self.review_view),
            name="generation_work_review",
        )
        return [review, *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **_named: Any) -> type[ContactSheet]:
        return ContactSheet

    def get_queryset(self, request: HttpRequest) -> QuerySet[Work]:
        works = super().get_queryset(request).prefetch_related("resemblances__earlier")
        return works.defer("recipe", "attestation")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Work], search_term: str
    ) -> tuple[QuerySet[Work], bool]:
        """By the start of a hash, by public prompt, or by the maker's name: private prompts cannot be guessed at."""
        if not search_term:
            return queryset, False
        by_hash = matching_hash(queryset, search_term, ["content_hash", "pixel_hash", "recipe_hash"])
        if by_hash is not None and by_hash.exists():
            return by_hash, False
        for word in search_term.split():
            queryset = queryset.filter(
                Q(prompt__icontains=word, private_prompt=False) | Q(person__username__icontains=word)
            )
        return queryset, False

    def has_review_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_curator(cast("Person", request.user))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Not the decision that would change nothing."""
        work = self.get_object(request, str(object_id))
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # unfold's own
        return [action for action in offered if work is None or _changes(action.action_name.rpartition("_")[2], work)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django shrugs at a bulk action that was not offered; deciding without the right is a 403."""
        if str(request.POST.get("action", "")) in self.actions and not self.has_review_permission(request):
            raise PermissionDenied
        states = [(state.value, state.label) for state in Work.Review]
        context = {
            "title": "Works",
            "states": [("", "All"), *states],
            "shown_state": request.GET.get("review_state__exact", ""),
            "may_review": self.has_review_permission(request),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        work = self.get_object(request, object_id) if object_id else None
        title = {"subtitle": title_of(work)} if work else {}
        return super().changeform_view(request, object_id, form_url, {**title, **(extra_context or {})})

    # What the pages show.

    @admin.display(description="picture")
    def picture(self, work: Work) -> SafeString:
        return format_html(
            '<figure class="picture large{0}"><img src="{1}{2}" width="{3}" height="{4}" alt="{5}">{6}</figure>',
            " flagged" if work.flagged else "",
            settings.MEDIA_URL,
            work.preview_path,
            work.width,
            work.height,
            shown_prompt(work),
            UNVEIL if work.flagged else "",
        )

    @admin.display(description="review")
    def state(self, work: Work) -> SafeString:
        return state_mark(work.review_state, work.get_review_state_display())

    @admin.display(description="prompt")
    def wish(self, work: Work) -> str:
        return shown_prompt(work)

    @admin.display(description="maker")
    def maker(self, work: Work) -> str:
        return str(work.person)

    @admin.display(description="job")
    def job_page(self, work: Work) -> SafeString | str:
        return page_link(work.job, f"picture {work.index + 1} of {work.job.count}")

    @admin.display(description="flagged")
    def flag(self, work: Work) -> str:
        return (work.flag_reason or "yes") if work.flagged else "no"

    @admin.display(description="looks like")
    def looks_like(self, work: Work) -> SafeString | str:
        found = [
            (each.get_kind_display(), page_link(each.earlier, str(each.earlier))) for each in work.resemblances.all()
        ]
        if not found:
            return "no work before it" if work.compared_at else "not compared yet"
        return format_html_join(" · ", "{} of {}", found)

    @admin.display(description="size")
    def size(self, work: Work) -> str:
        return f"{work.width} × {work.height} px, {work.file.size:,} bytes"  # noqa: RUF001 - a true multiplication sign

    @admin.display(description="content hash")
    def content_hash_text(self, work: Work) -> SafeString | str:
        return whole_hash(work.content_hash)

    @admin.display(description="pixel hash")
    def pixel_hash_text(self, work: Work) -> SafeString | str:
        return whole_hash(work.pixel_hash)

    @admin.display(description="recipe hash")
    def recipe_hash_text(self, work: Work) -> SafeString | str:
        return whole_hash(work.recipe_hash)

    # Deciding.

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

    @detail_action("Run again", permissions=["review"], icon="replay")
    def run_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_for(
            request,
            object_id,
            Rerun.Kind.REPRODUCE,
            question="Run this work’s recipe again?",
            sentence="A worker follows the whole recipe once more, as a job of yours, and signs what comes out. The "
            "record stands beside those before it, for everybody to see.",
        )

    @detail_action("Check one step", permissions=["review"], icon="rule")
    def check_one_step(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask_for(
            request,
            object_id,
            Rerun.Kind.AUDIT,
            question="Check one step of this work?",
            sentence="A worker runs one step that chance chooses once more, as a job of yours, and signs whether it "
            "gives what was committed to. The record stands beside those before it, for everybody to see.",
        )

    def _ask_for(
        self, request: HttpRequest, object_id: str, kind: Rerun.Kind, *, question: str, sentence: str
    ) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda work: ask_for_rerun(person=cast("Person", request.user), work=work, kind=kind),
            question=question,
            sentence=sentence,
            button=question.partition(" ")[0] + " it",
            done="queued for a worker.",
        )


def _changes(action: str, work: Work) -> bool:
    """Whether a button would do anything: a decision that stands already would not."""
    return action not in Decision.values or STATE_AFTER[Decision(action)] != work.review_state


UNVEIL = format_html('<label class="unveil"><input type="checkbox"><span>{}</span></label>', "Flagged: show")
