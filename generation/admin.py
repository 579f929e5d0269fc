"""The admin panel of generation: jobs, to look at and to try again, and the models. Works are curation's page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import (
    ModelAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    detail_action,
    page_link,
    shown_prompt,
    state_mark,
    whole_hash,
)
from generation import pinning, stuck
from generation.models import Adapter, DiffusionModel, Job, Pin, PromptRule, TimeStamp, Wildcard, Work
from generation.queue.admin import QueueActions
from generation.queue.forecast import forecast_for
from generation.registry import disable_model, enable_model, request_warming
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


@admin.register(DiffusionModel)
class DiffusionModelAdmin(ReadOnlyAdmin):
    """The pipelines that pictures are made with; they come from `GENERATION_MODELS`."""

    list_display = ("name", "slug", "condition", "checker", "source", "is_default", "licence", "loaded_at")
    list_filter = ("enabled",)
    actions = ("enable_selected", "disable_selected", "warm_selected")
    actions_detail = ("enable", "disable", "warm")
    search_fields = ("slug", "name", "source")
    fieldsets = (
        (None, {"fields": ("name", "slug", "condition", "source", "config", "revision", "licence", "is_default")}),
        ("Loading", {"fields": ("loaded_at", "load_error", "warming_requested_at")}),
        (
            "Settings that change pixels",
            {"fields": (("dtype", "attention"), ("channels_last", "compile"), "offload", "pipeline_class")},
        ),
        ("Safety", {"fields": ("checker", "prompt_rules")}),
        ("Weights", {"fields": ("digest", "manifest")}),
        (
            "Defaults and limits",
            {
                "fields": (
                    ("default_steps", "default_guidance_scale"),
                    ("default_width", "default_height"),
                    ("max_side", "size_multiple"),
                    ("upscale_strength", "upscale_guidance_scale"),
                    "upscale_prompt",
                )
            },
        ),
    )
    readonly_fields = ("digest", "condition", "checker")

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("generation.change_job")

    @admin.display(description="state")
    def condition(self, model: DiffusionModel) -> SafeString:
        return state_mark(model.state, model.state.replace("_", " "))

    @admin.display(description="image checker")
    def checker(self, model: DiffusionModel) -> str:
        return "the pipeline's own" if model.checks_images else "none: pictures are not looked at"

    @admin.action(description="Enable", permissions=["operate"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[DiffusionModel]) -> None:
        self.act_on_each(request, queryset, lambda model: enable_model(model=model), done="enabled.")

    @admin.action(description="Disable", permissions=["operate"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[DiffusionModel]) -> None:
        self.act_on_each(request, queryset, lambda model: disable_model(model=model), done="disabled.")

    @admin.action(description="Load ahead", permissions=["operate"])
    def warm_selected(self, request: HttpRequest, queryset: QuerySet[DiffusionModel]) -> None:
        self.act_on_each(request, queryset, lambda model: request_warming(model=model), done="loading asked.")

    @detail_action("Enable", permissions=["operate"], icon="toggle_on")
    def enable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda model: enable_model(model=model),
            question="Enable this model?",
            sentence="Jobs can ask for it again.",
            button="Enable",
            done="enabled.",
        )

    @detail_action("Disable", permissions=["operate"], icon="toggle_off")
    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda model: disable_model(model=model),
            question="Disable this model?",
            sentence="New jobs cannot ask for it, until it is enabled again. Jobs that wait already are still drawn.",
            button="Disable",
            done="disabled.",
        )

    @detail_action("Load ahead", permissions=["operate"], icon="bolt")
    def warm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda model: request_warming(model=model),
            question="Load this model ahead?",
            sentence="A worker loads it once it has nothing else to do; others may leave its memory for it.",
            button="Load ahead",
            done="loading asked.",
        )

    @admin.display(description="digest of the weights")
    def digest(self, model: DiffusionModel) -> SafeString | str:
        return whole_hash(model.model_hash)


@admin.register(Adapter)
class AdapterAdmin(ReadOnlyAdmin):
    """What goes on top of models; from `GENERATION_ADAPTERS`."""

    list_display = ("name", "slug", "family", "source", "enabled", "licence")
    list_filter = ("enabled", "family")
    search_fields = ("slug", "name", "source")
    fields = ("name", "slug", "family", "source", "revision", "weight_name", "licence", "enabled", "digest")
    readonly_fields = ("digest",)

    @admin.display(description="digest of the weights")
    def digest(self, adapter: Adapter) -> SafeString | str:
        return whole_hash(adapter.adapter_hash)


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


@admin.register(Pin)
class PinAdmin(ReadOnlyAdmin):
    """Files that are wanted on the IPFS node; without `IPFS_API` they wait for one."""

    list_display = ("cid", "standing", "attempts", "last_error", "next_try_at", "pinned_at")
    list_filter = ("state",)
    list_select_related = ("file",)
    search_fields = ("file__cid",)
    fields = ("cid", "standing", "attempts", "last_error", "next_try_at", "pinned_at", "created_at")
    readonly_fields = ("cid", "standing")
    actions = ("pin_selected_again",)
    actions_detail = ("pin_again",)

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("generation.change_pin")

    @admin.display(description="content identifier", ordering="file__cid")
    def cid(self, pin: Pin) -> str:
        return pin.file.cid

    @admin.display(description="state", ordering="state")
    def standing(self, pin: Pin) -> SafeString:
        return state_mark(pin.state, pin.get_state_display())

    @admin.action(description="Send to the node again", permissions=["operate"])
    def pin_selected_again(self, request: HttpRequest, queryset: QuerySet[Pin]) -> None:
        self.act_on_each(
            request, queryset, lambda pin: pinning.pin_again(pin=pin), done="will be sent again.", name=self.cid
        )

    @detail_action("Send again", permissions=["operate"], icon="replay")
    def pin_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            lambda pin: pinning.pin_again(pin=pin),
            question="Send this file to the IPFS node again?",
            sentence="The node is given the same bytes anew. Its answer is compared with our content identifier.",
            button="Send again",
            done="will be sent again.",
        )


@admin.register(TimeStamp)
class TimeStampAdmin(ReadOnlyAdmin):
    """Time-stamps of works: in the file, beside it, or still asked for."""

    list_display = ("of_work", "standing", "authority", "attempts", "last_error", "next_try_at", "stamped_at")
    list_filter = ("state",)
    list_select_related = ("work",)
    fields = ("of_work", "standing", "authority", "attempts", "last_error", "next_try_at", "stamped_at", "created_at")
    readonly_fields = ("of_work", "standing")

    @admin.display(description="work")
    def of_work(self, stamp: TimeStamp) -> SafeString | str:
        return page_link(stamp.work, str(stamp.work))

    @admin.display(description="state", ordering="state")
    def standing(self, stamp: TimeStamp) -> SafeString:
        return state_mark(stamp.state, stamp.get_state_display())
