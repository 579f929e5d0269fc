"""Works as a contact sheet; a work can be decided about, and run again."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import Person
from api.panel import detail_action, matching_hash
from curation.admin.deciding import Deciding
from curation.admin.work_columns import title_of
from curation.admin.work_inlines import DecisionInline, RerunInline
from curation.services import is_curator
from generation.models import Rerun, Work
from generation.reruns.asking import ask_for_rerun

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:  # unfold ships no types
    from unfold.views import ChangeList


class ContactSheet(ChangeList):
    """One sheet of works; what its template needs to know beside the works."""

    def __init__(self, request: HttpRequest, *arguments: Any, **named: Any) -> None:
        super().__init__(request, *arguments, **named)
        self.may_review = is_curator(cast("Person", request.user))
        self.media_url = settings.MEDIA_URL


@admin.register(Work)
class WorkAdmin(Deciding):
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
    actions_detail = ("approve", "hide", "reject", "restore", "run_again", "check_one_step")

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
