"""The page's buttons: run a work again, check one step of it, stop that."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from api.errors import Problem
from api.posted import posted_from
from generation import services
from generation.models import Job, Rerun, Work
from generation.reruns.asking import ask_for_rerun
from generation.studio.views import signed_in


@posted_from("generation:work")
@login_required
def reproduce(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Have the whole recipe run again."""
    return _ask(request, work_id, Rerun.Kind.REPRODUCE)


@posted_from("generation:work")
@login_required
def audit(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Have one step run again."""
    return _ask(request, work_id, Rerun.Kind.AUDIT)


@posted_from("generation:work")
@login_required
def stop(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Cancel what the caller asked for."""
    jobs = Job.objects.of(signed_in(request)).in_flight().filter(rerun__work=work_id)
    done = [_try(request, partial(services.cancel_job, job=job)) for job in jobs]
    return _back(work_id, well=all(done))


def _ask(request: HttpRequest, work_id: UUID, kind: Rerun.Kind) -> HttpResponse:
    person = signed_in(request)
    works = Work.objects.visible_to(person).select_related("job", "trajectory")
    work = get_object_or_404(works, pk=work_id)
    return _back(work_id, well=_try(request, partial(ask_for_rerun, person=person, work=work, kind=kind)))


def _try(request: HttpRequest, act: Callable[[], object]) -> bool:
    try:
        act()
    except Problem as problem:
        messages.error(request, problem.detail)
        return False
    return True


def _back(work_id: UUID, *, well: bool) -> HttpResponse:
    # What went wrong stands at the top of the page: whoever is sent further down does not see it.
    return redirect(reverse("generation:work", args=[work_id]) + ("#again" if well else ""))
