"""The studio's page, and sending its prompt line."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.models import Person
from api.errors import Problem
from api.posted import posted_from
from generation.forms import ADAPTER, PromptForm
from generation.models import DiffusionModel
from generation.studio import prompt_line
from generation.studio.htmx import swap_into
from generation.studio.presets import SHIPPED, choices_under, delete_preset, save_preset
from generation.studio.sheet import filters_in, sheet_of
from generation.studio.starting import starts_of

IDEAS = (
    "three yellow stars on a navy background",
    "paper cut mountains with a sun in a sunset palette",
    "a gold sun over teal waves",
)
"""for who has made nothing yet; the starter model draws them well"""
SHEET = "div#sheet"
"""as htmx names the part below the prompt line"""
OPENING = (
    "seed", "negative_prompt", "steps", "guidance_scale", "width", "height", "format", "quality", "strength",
    "cancel_after", "init_image", "init_work", "mask_image", "prompt_weighting", "private_prompt",
)  # fmt: skip
"""fields behind "More choices" that open it when they say something else than they do by themselves"""


def signed_in(request: HttpRequest) -> Person:
    """Who is asking; every caller is behind `login_required`."""
    assert isinstance(request.user, Person)
    return request.user


@never_cache
@gzip_page
@require_safe
@login_required
def studio(request: HttpRequest) -> HttpResponse:
    """The prompt line, the queue, and what was made."""
    models = prompt_line.models()
    return render_studio(request, prompt_line.first_form(request, choices=models), models)


def render_studio(
    request: HttpRequest, form: PromptForm, models: list[DiffusionModel], *, status: int = 200, **more: object
) -> HttpResponse:
    """The page around a prompt line; only its lower part when that is all that htmx will take."""
    person = signed_in(request)
    sheet = sheet_of(person, filters_in(request.GET))
    context = {
        **line_context(form, models),
        "presets": SHIPPED,
        "own_presets": person.presets.all(),
        "starts": starts_of(form, person=person),
        "sheet": sheet,
        "person": person,
        "selected": set(request.GET.get("selected", "").split(",")),
        "ideas": IDEAS,
        "here": request.get_full_path() if request.method == "GET" else reverse("generation:studio"),
        **more,
    }
    # What is answered to a POST itself is about the prompt line, which the part does not have.
    is_part = request.headers.get("HX-Target") == SHEET and request.method == "GET" and status < 400
    template = "generation/studio/sheet.html" if is_part else "generation/studio/studio.html"
    return render(request, template, context, status=status)


def line_context(form: PromptForm, models: list[DiffusionModel]) -> dict[str, object]:
    """What the prompt line's template reads."""
    fields = [*(form[name] for name in OPENING), *form.adapter_fields()]
    opened = form.errors or any(field.value() not in {None, "", False, field.field.initial} for field in fields)
    return {"form": form, "models": models, "opened": bool(opened)}


def refused_line(
    request: HttpRequest, form: PromptForm, models: list[DiffusionModel], *, status: int, **more: object
) -> HttpResponse:
    """The page with what is wrong beside its field; htmx takes the prompt line alone."""
    return swap_into(render_studio(request, form, models, status=status, **more), "#make")


def _typed(request: HttpRequest) -> dict[str, str]:
    known = PromptForm.base_fields
    return {name: str(value) for name, value in request.POST.items() if name in known or name.startswith(ADAPTER)}


@posted_from("generation:studio", same_ids=False)
@login_required
def use_preset(request: HttpRequest) -> HttpResponse:
    """The prompt line as it was typed, with a preset's choices in it."""
    models, typed = prompt_line.models(), _typed(request)
    model = next((model for model in models if model.slug == typed.get("model")), models[0] if models else None)
    name = request.POST.get("preset", "")
    choices = choices_under(name, person=signed_in(request), model=model) if model else None
    form = PromptForm(initial={**typed, **(choices or {})}, models=models, person=request.user)
    return swap_into(render_studio(request, form, models), "#make")


@posted_from("generation:studio", same_ids=False)
@login_required
def keep_preset(request: HttpRequest) -> HttpResponse:
    """Keep the choices that stand in the prompt line under a name."""
    models, typed = prompt_line.models(), _typed(request)
    form = PromptForm(initial=typed, models=models, person=request.user)
    name = request.POST.get("preset_name", "")
    try:
        save_preset(person=signed_in(request), name=name, choices=typed)
    except Problem as problem:
        wrong = {"preset_name": name, "preset_error": problem.detail}
        return refused_line(request, form, models, status=problem.status, **wrong)
    return swap_into(render_studio(request, form, models, preset_said=f"Kept as “{name}”."), "#make")


@posted_from("generation:studio", same_ids=False)
@login_required
def forget_preset(request: HttpRequest) -> HttpResponse:
    """Delete a preset of one's own."""
    models = prompt_line.models()
    form = PromptForm(initial=_typed(request), models=models, person=request.user)
    delete_preset(person=signed_in(request), preset_id=request.POST.get("preset", ""))
    return swap_into(render_studio(request, form, models), "#make")
