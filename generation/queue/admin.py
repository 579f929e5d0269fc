"""The queue in the admin panel: who waits, who draws, how fast, who may ask for how much, and what operators do."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from api.errors import Problem
from api.panel import ModelAdmin, ReadOnlyAdmin, detail_action, page_link, state_mark
from generation.models import Allowance, Job, Priority, StepTime, Turn, Worker
from generation.queue.operating import REASON_MAX_LENGTH, change_priority, park_job
from generation.queue_querysets import LOST_AFTER


class QueueActions(ReadOnlyAdmin):
    """What operators do to a waiting job, for the page of a job. Both ask for a reason, which stays in the log."""

    @detail_action("Change the class", permissions=["operate"], icon="low_priority")
    def change_class(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(job: Job, reason: str) -> str:
            priority = Priority(int(request.POST.get("priority", "0")))
            change_priority(job=job, priority=priority, reason=reason)
            return f"waits in the class {priority.label} now: {reason}"

        return self._ask_reason_then(
            request, object_id, act, question="Let this job wait in another class?", button="Change the class",
            sentence="A better class is served first. Others wait longer for it.", priorities=Priority.choices,
        )  # fmt: skip

    @detail_action("Park", permissions=["operate"], icon="local_parking")
    def park(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(job: Job, reason: str) -> str:
            park_job(job=job, reason=reason)
            return f"parked: {reason}"

        return self._ask_reason_then(
            request, object_id, act, question="Take this job out of the queue?", button="Park the job",
            sentence="It is not drawn until somebody tries it again. Its maker reads the reason.",
        )  # fmt: skip

    def _ask_reason_then(
        self,
        request: HttpRequest,
        object_id: str,
        act: Callable[[Job, str], str],
        **page: object,
    ) -> HttpResponse:
        """A page that asks for the reason, then does it on POST and writes both into the log."""
        job = self.row_or_refuse(request, object_id)
        back = reverse("admin:generation_job_change", args=[job.pk])
        if request.method == "POST":
            try:
                done = act(job, request.POST.get("reason", ""))
            except (Problem, ValueError) as problem:
                messages.error(request, getattr(problem, "detail", "Choose a class."))
            else:
                self.log_change(request, job, done)
                messages.success(request, f"The job {done}")
                return redirect(back)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": job, "title": page["question"],
            "back": back, "reason_max_length": REASON_MAX_LENGTH, "reason": request.POST.get("reason", ""), **page,
        }  # fmt: skip
        return TemplateResponse(request, "admin/generation/queue_reason.html", context)


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """Who waits, in the order of their turns."""

    list_display = ("person", "priority", "jobs_waiting", "served", "since", "passed", "last_served_at", "waiting")
    list_filter = ("waiting", "priority")
    list_select_related = ("person",)
    search_fields = ("person__username",)
    ordering = ("-waiting", "priority", "served", "since", "id")
    fields = ("person", "priority", "jobs_waiting", "served", "since", "passed", "last_served_at", "waiting")
    readonly_fields = ("jobs_waiting",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        mine = Job.objects.filter(status="queued", person=OuterRef("person"), priority=OuterRef("priority"))
        counted = mine.order_by().values("person").annotate(count=Count("pk")).values("count")
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.annotate(job_count=Coalesce(Subquery(counted), 0))

    @admin.display(description="jobs waiting")
    def jobs_waiting(self, turn: Any) -> int:
        return int(turn.job_count)


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """The processes that draw, on all machines."""

    list_display = ("name", "doing", "in_hand", "loaded_model", "models_drawn", "device", "slots", "last_seen_at")
    list_filter = ("activity", "host")
    list_select_related = ("loaded_model",)
    search_fields = ("name", "host", "device")
    fields = (
        "name", "host", "doing", "in_hand", "loaded_model", "models_drawn", "device", "slots", "started_at",
        "last_seen_at",
    )  # fmt: skip
    readonly_fields = ("doing", "in_hand", "models_drawn")

    @admin.display(description="does")
    def doing(self, worker: Worker) -> SafeString:
        if worker.activity != Worker.Activity.STOPPED and worker.last_seen_at < timezone.now() - LOST_AFTER:
            return state_mark("failed", "silent")
        looks = {"idle": "queued", "drawing": "running", "stopped": "canceled"}
        return state_mark(looks[worker.activity], worker.get_activity_display())

    @admin.display(description="job in hand")
    def in_hand(self, worker: Worker) -> SafeString | str:
        job = Job.objects.running().filter(leased_by=worker.name).first()
        return page_link(job, f"{job.step} of {job.total_steps} steps") if job else "—"

    @admin.display(description="models")
    def models_drawn(self, worker: Worker) -> str:
        return ", ".join(worker.declares) or "all"


@admin.register(StepTime)
class StepTimeAdmin(ReadOnlyAdmin):
    """How long steps take, as estimates use it."""

    list_display = ("model", "width", "height", "device", "slots", "seconds", "jobs", "measured_at")
    list_filter = ("device", "model")
    list_select_related = ("model",)
    fields = list_display


@admin.register(Allowance)
class AllowanceAdmin(ModelAdmin):
    """Quotas and classes of one person or one key, where they differ from the settings."""

    list_display = (
        "__str__", "pictures_per_day", "picture_steps_per_day", "jobs_in_flight", "best_priority", "note",
        "changed_at",
    )  # fmt: skip
    search_fields = ("person__username", "key__prefix", "note")
    list_select_related = ("person", "key")
    raw_id_fields = ("person", "key")
    fields = (
        ("person", "key"), ("pictures_per_day", "picture_steps_per_day"), ("jobs_in_flight", "best_priority"), "note",
    )  # fmt: skip
