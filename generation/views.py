"""Pages of generation: the wall with the prompt line, a job while it forms, a work with its colophon."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.models import Person
from api.errors import Problem
from api.form_errors import show_problem
from api.posted import posted_from
from generation import gallery, services
from generation.forms import PromptForm
from generation.models import DiffusionModel, Job, Work
from generation.querysets import resembling
from generation.queue.forecast import forecast_for
from generation.reruns.showing import panel_of
from generation.studio import prompt_line
from generation.studio.lineage import family_of
from generation.studio.models import Favourite
from generation.studio.starting import keep_brought
from generation.studio.views import line_context, refused_line


def _older_than(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("older_than", ""))
    except ValueError:
        return None


def _filtered(request: HttpRequest) -> QuerySet[Work]:
    works = Work.objects.gallery()
    if model := request.GET.get("model"):
        works = works.filter(model__slug=model)
    if collection := request.GET.get("collection"):
        # `mints` belongs to minting, which stands to the right: it is asked by name only.
        works = works.filter(mints__collection__slug=collection, mints__status__in=["mined", "final"])
    return works


def _home(request: HttpRequest, form: PromptForm, models: list[DiffusionModel], *, status: int = 200) -> HttpResponse:
    page = gallery.wall_page(works=_filtered(request), older_than=_older_than(request))
    kept = {name: request.GET[name] for name in ("model", "collection") if request.GET.get(name)}
    older = f"?{urlencode({**kept, 'older_than': str(page.older_than)})}#wall" if page.older_than else ""
    context = {
        **line_context(form, models),
        "works": page.works,
        "older": older,
        "filters": kept,
    }
    return render(request, "generation/home.html", context, status=status)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The wall of works, and a prompt line ready to be typed into."""
    models = prompt_line.models()
    return _home(request, prompt_line.first_form(request, choices=models), models)


@posted_from("generation:home", same_ids=False)
def submit(request: HttpRequest) -> HttpResponse:
    """Put the prompt into the queue, and go on in the studio. Who is not signed in keeps the prompt through that."""
    models = prompt_line.models()
    form = PromptForm(request.POST, request.FILES, models=models, person=request.user)
    if isinstance(request.user, AnonymousUser):
        if not form.is_valid():
            return _home(request, form, models, status=422)
        prompt_line.keep_draft(request, form)
        return redirect(f"{reverse('accounts:sign-in')}?{urlencode({'next': reverse('generation:studio')})}")
    if not form.is_valid():
        return refused_line(request, form, models, status=422)
    try:
        if not keep_brought(form, person=request.user):
            return refused_line(request, form, models, status=422)
        job = services.submit_job(person=request.user, **form.request())
    except Problem as problem:
        show_problem(form, problem)
        return refused_line(request, form, models, status=problem.status)
    prompt_line.forget_draft(request)
    return redirect(f"{reverse('generation:studio')}?after={job.pk}")


def _own_job(person: Person | AnonymousUser, job_id: UUID) -> Job:
    return get_object_or_404(Job.objects.select_related("model"), pk=job_id, person_id=person.pk)


@require_safe
@login_required
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """A job: its place in the queue, its progress, its pictures as they come."""
    found = _own_job(request.user, job_id)
    if found.purpose != Job.Purpose.DRAW:
        # It makes no picture: what becomes of it is told on the page of its work.
        return redirect(f"{reverse('generation:work', args=[found.rerun.work_id])}#again")
    works = {work.index: work for work in found.works.defer("recipe", "attestation")}
    ended = found.status in {Job.Status.SUCCEEDED, Job.Status.FAILED, Job.Status.CANCELED}
    context = {
        "job": found,
        "places": [works.get(index) for index in range(found.count)],
        "first_work": works.get(0),
        "ended": ended,
        "standing": forecast_for(found).standing(found),
    }
    return render(request, "generation/job.html", context)


def _change_job(request: HttpRequest, job_id: UUID, change: Any) -> HttpResponse:  # noqa: ANN401 - a service
    try:
        change(job=_own_job(request.user, job_id))
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("generation:job", job_id)


@posted_from("generation:job")
@login_required
def cancel_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stop a job."""
    return _change_job(request, job_id, services.cancel_job)


@posted_from("generation:job")
@login_required
def retry_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Queue a failed or canceled job again."""
    return _change_job(request, job_id, services.retry_job)


def render_work(request: HttpRequest, work: Work, *, status: int = 200, **more: object) -> HttpResponse:
    """The page of a work; minting renders it again with its form and what was wrong with it."""
    own = work.person_id == request.user.pk
    context = {
        "work": work,
        "own": own,
        "family": family_of(work, viewer=request.user),
        "is_favourite": Favourite.objects.filter(person=request.user.pk, work=work).exists(),
        "resembling": resembling(work, viewer=request.user) if own else (),
        "again": panel_of(work, viewer=request.user),
        **more,
    }
    return render(request, "generation/work.html", context, status=status)


@require_safe
def work(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """One picture and its colophon."""
    return render_work(request, visible_work(request, work_id))


def visible_work(request: HttpRequest, work_id: UUID) -> Work:
    """The work, when the caller may look at it. Raises Http404 otherwise."""
    related = ("job", "person", "model", "file__pin", "recipe_file", "time_stamp", "trajectory")
    return get_object_or_404(Work.objects.visible_to(request.user).select_related(*related), pk=work_id)
