"""What stands in the prompt line when a page is opened."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import Person
from generation.forms import PromptForm, choices_of
from generation.models import DiffusionModel, Job, Work

DRAFT = "draft"
"""session key of a prompt that was sent before signing in"""
NO_UPLOAD = {"init_image": None, "mask_image": None}


def models() -> list[DiffusionModel]:
    """The models to choose from, the default first."""
    return list(DiffusionModel.objects.filter(enabled=True))


def first_form(request: HttpRequest, *, choices: list[DiffusionModel]) -> PromptForm:
    """The prompt line, filled in with what the address names, or what was typed before signing in."""
    initial = _first_choices(request)
    form = PromptForm(initial=initial, models=choices, person=request.user)
    form.is_draft = bool(initial) and initial is request.session.get(DRAFT)
    return form


def keep_draft(request: HttpRequest, form: PromptForm) -> None:
    """Remember what was typed, through signing in."""
    request.session[DRAFT] = {name: request.POST[name] for name in form.fields if request.POST.get(name)}


def forget_draft(request: HttpRequest) -> None:
    """It was sent."""
    request.session.pop(DRAFT, None)


def _first_choices(request: HttpRequest) -> dict[str, object]:
    """`again`: a work with its seed; `edit`: without; `job`: an own job with its seed; `after`: without; `prompt`.

    `from`: a work to begin from, with its words.
    """
    asked = request.GET
    try:
        if "from" in asked:
            begun = UUID(asked["from"])
            return {**_choices_of_work(begun, keeps_seed=False, viewer=request.user), "init_work": begun, **NO_UPLOAD}
        for name, keeps_seed in (("again", True), ("edit", False)):
            if name in asked:
                return _choices_of_work(UUID(asked[name]), keeps_seed=keeps_seed, viewer=request.user)
        for name, keeps_seed in (("job", True), ("after", False)):
            if name in asked:
                job = Job.objects.filter(person=request.user.pk).select_related("model").get(pk=UUID(asked[name]))
                return {**choices_of(job, seed=job.seed if keeps_seed else None), "count": job.count}
    except (Work.DoesNotExist, Job.DoesNotExist, ValueError):
        return {}
    if "prompt" in asked:
        return {"prompt": asked["prompt"]}
    draft: dict[str, object] = request.session.get(DRAFT, {})
    return draft


def _choices_of_work(work_id: UUID, *, keeps_seed: bool, viewer: Person | AnonymousUser) -> dict[str, object]:
    work = Work.objects.visible_to(viewer).select_related("job__model").get(pk=work_id)
    choices = choices_of(work.job, seed=work.seed if keeps_seed else None)
    if work.private_prompt and work.person_id != viewer.pk:
        del choices["prompt"], choices["negative_prompt"]
    # Somebody else's uploads are nobody's to begin from.
    return choices if work.job.person_id == viewer.pk else {**choices, **NO_UPLOAD}
