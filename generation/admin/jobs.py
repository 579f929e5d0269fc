"""Jobs, to look at, to try again and to cancel."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import (
    ReadOnlyInline,
    detail_action,
    page_link,
    shown_prompt,
    state_mark,
)
from generation import stuck
from generation.models import Job, Work
from generation.queue.admin import QueueActions
from generation.queue.forecast import forecast_for
from generation.services import cancel_job, retry_job


class StuckJobs(admin.SimpleListFilter):
    """Jobs that do not get on, by what holds them up."""

    title = "what is stuck"
    parameter_name = "stuck"
    questions = {
        "waiting": ("waiting too long", stuck.waiting_too_long),
        "lost": ("their worker is gone", stuck.lost_by_their_worker),
        "failed": ("failed", stuck.failed),
        "parked": ("parked", stuck.parked),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in self.questions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        question = self.questions.get(self.value() or "")
        return queryset & question[1]() if question else queryset


class WorkInline(ReadOnlyInline):
    """The pictures that came out of a job."""

    model = Work
    fields = ("index", "page", "seed", "review")
    readonly_fields = fields

    @admin.display(description="work")
    def page(self, work: Work) -> SafeString | str:
        return page_link(work, "0x" + bytes(work.content_hash).hex()[:12] + "…")

    @admin.display(description="review")
    def review(self, work: Work) -> SafeString:
        return state_mark(work.review_state, work.get_review_state_display())


@admin.register(Job)
class JobAdmin(QueueActions):
    """Requests for pictures and how far they are."""

    list_display = (
        "wish", "state", "progress", "person", "priority", "model", "attempts", "error_code", "created_at",
    )  # fmt: skip
    list_display_links = ("wish",)
    list_filter = ("status", StuckJobs, "priority", "model", "created_at")
    list_select_related = ("person", "model")
    search_fields = ("id", "person__username", "error_code", "leased_by")
    search_help_text = "id, person, error or worker"
    fieldsets = (
        (None, {"fields": ("state", "place", "wish", "negative_wish", "person", "key", "priority", "model")}),
        ("Choices", {"fields": (("seed", "count"), ("steps", "guidance_scale"), ("width", "height"))}),
        ("Going on", {"fields": ("progress", "attempts", "leased_by", "lease_expires_at", "cancel_requested_at")}),
        ("What went wrong", {"fields": ("error_code", "error_detail", "workers_lost", "parked_at")}),
        ("Times", {"fields": ("created_at", "started_at", "finished_at")}),
    )
    readonly_fields = ("state", "place", "wish", "negative_wish", "progress", "workers_lost")
    inlines = (WorkInline,)
    actions = ("retry_selected", "cancel_selected")
    actions_detail = ("retry", "cancel", "change_class", "park")

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("generation.change_job")

    @admin.display(description="prompt")
    def wish(self, job: Job) -> str:
        text = shown_prompt(job)
        return text if len(text) <= 80 else text[:79] + "…"

    @admin.display(description="negative prompt")
    def negative_wish(self, job: Job) -> str:
        return "Private prompt" if job.private_prompt else job.negative_prompt or "—"

    @admin.display(description="status", ordering="status")
    def state(self, job: Job) -> SafeString:
        return state_mark(job.status, job.get_status_display())

    @admin.display(description="place in the queue")
    def place(self, job: Job) -> str:
        standing = forecast_for(job).standing(job)
        if standing is None or standing.place is None:
            return "—"
        finish = standing.estimated_finish_at
        return f"{standing.place}, probably done by {finish:%H:%M} UTC" if finish else str(standing.place)

    @admin.display(description="workers that stopped in the middle of it")
    def workers_lost(self, job: Job) -> str:
        return "; ".join(f"{lost['worker']} at step {lost['step']}, {lost['at'][:16]}" for lost in job.lost_workers)

    @admin.display(description="steps done")
    def progress(self, job: Job) -> str:
        return f"{job.step} of {job.total_steps}" if job.total_steps else "—"

    @admin.action(description="Try again", permissions=["operate"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.act_on_each(request, queryset, lambda job: retry_job(job=job), done="queued again.", name=self.wish)

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.act_on_each(
            request, queryset, lambda job: cancel_job(job=job), done="cancellation asked.", name=self.wish
        )

    @detail_action("Try again", permissions=["operate"], icon="replay")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda job: retry_job(job=job),
            question="Try this job again?",
            sentence="It joins the queue. Pictures that it already has are kept, and none is made twice.",
            button="Try again",
            done="queued again.",
        )

    @detail_action("Cancel", permissions=["operate"], icon="block")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda job: cancel_job(job=job),
            question="Cancel this job?",
            sentence="A waiting job ends at once, a running one after its current step. Its pictures are kept.",
            button="Cancel the job",
            done="cancellation asked.",
        )
