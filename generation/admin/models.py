"""Models and adapters."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import (
    ReadOnlyAdmin,
    detail_action,
    state_mark,
    whole_hash,
)
from generation.models import Adapter, DiffusionModel
from generation.registry import disable_model, enable_model, request_warming


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
