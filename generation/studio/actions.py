"""What the studio's buttons do to works and jobs: thin views around the services that the API calls too."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Person
from api.errors import InvalidInput, Problem
from api.posted import posted_from
from generation import derived, services
from generation.errors import WorkNotFound
from generation.models import Job, Work
from generation.studio import favourites, strip
from generation.studio.htmx import back, go_to
from generation.studio.views import signed_in

MOST_CHOSEN = 100
MOST_DERIVED = 8
"""pictures that are varied or enlarged at a time"""


def chosen_works(given: QueryDict) -> list[UUID]:
    """The works a form names: `only` by a picture's own button, else all that are selected. Raises InvalidInput."""
    texts = given.getlist("only") or given.getlist("work")
    try:
        works = list(dict.fromkeys(UUID(text) for text in texts[: MOST_CHOSEN + 1]))
    except ValueError as error:
        raise InvalidInput("One of these is not a work. Nothing was done.") from error
    if not works:
        raise InvalidInput("Select at least one picture first.")
    if len(works) > MOST_CHOSEN:
        raise InvalidInput(f"At most {MOST_CHOSEN} pictures at a time. Nothing was done.")
    return works


def on_works(do: Callable[..., str | HttpResponse]) -> Callable[..., HttpResponse]:
    """A view around `do(request, person, works, …)`: its sentence, or its problem's, is said where the form stood."""

    @wraps(do)
    def view(request: HttpRequest, **given: Any) -> HttpResponse:  # noqa: ANN401 - what the address holds
        try:
            with transaction.atomic():
                said = do(request, signed_in(request), chosen_works(request.POST), **given)
        except Problem as problem:
            messages.error(request, problem.detail)
            return back(request)
        if isinstance(said, HttpResponse):
            return said
        if said:
            messages.success(request, said)
        return back(request)

    return posted_from("generation:studio", same_ids=False)(login_required(view))


@on_works
def add_favourites(request: HttpRequest, person: Person, works: list[UUID]) -> str:
    """Mark works. Of a single one the button itself tells it."""
    del request
    favourites.add_favourites(person=person, works=works)
    return "" if len(works) == 1 else f"{len(works)} pictures are among your favourites."


@on_works
def remove_favourites(request: HttpRequest, person: Person, works: list[UUID]) -> str:
    """Take the marks away."""
    del request
    favourites.remove_favourites(person=person, works=works)
    return "" if len(works) == 1 else f"{len(works)} pictures are no longer among your favourites."


@on_works
def vary(request: HttpRequest, person: Person, works: list[UUID], *, strength: str) -> str:
    """Queue a variation of each work; the pictures form on the wall."""
    del request
    for work in _visible(person, works, most=MOST_DERIVED):
        derived.vary_work(person=person, work=work, strength=strength)
    return "" if len(works) == 1 else f"{len(works)} variations are in the queue."


@on_works
def upscale(request: HttpRequest, person: Person, works: list[UUID]) -> str:
    """Queue an enlargement of each work."""
    del request
    for work in _visible(person, works, most=MOST_DERIVED):
        derived.upscale_work(person=person, work=work)
    return "" if len(works) == 1 else f"{len(works)} enlargements are in the queue."


def _visible(person: Person, works: list[UUID], *, most: int) -> list[Work]:
    if len(works) > most:
        raise InvalidInput(f"At most {most} pictures at a time. Nothing was queued.")
    found = list(Work.objects.visible_to(person).select_related("job", "model").filter(pk__in=works))
    if len(found) != len(works):
        raise WorkNotFound("One of these works is not there, or not yours to see. Nothing was queued.")
    return found


@on_works
def compare_these(request: HttpRequest, person: Person, works: list[UUID]) -> HttpResponse:
    """To the page that compares them."""
    del person
    return go_to(request, f"{reverse('generation:compare')}?{urlencode({'work': [*map(str, works)]}, doseq=True)}")


@on_works
def pick_board(request: HttpRequest, person: Person, works: list[UUID]) -> HttpResponse:
    """To the page that asks for the board."""
    del person
    query = urlencode({"work": [*map(str, works)], "back": request.POST.get("back", "")}, doseq=True)
    return go_to(request, f"{reverse('generation:pick-board')}?{query}")


def on_job(do: Callable[..., object]) -> Callable[..., HttpResponse]:
    """A view that does something to one of the caller's own jobs."""

    @wraps(do)
    def view(request: HttpRequest, job_id: UUID) -> HttpResponse:
        job = get_object_or_404(Job, pk=job_id, person=signed_in(request))
        try:
            do(job=job)
        except Problem as problem:
            messages.error(request, problem.detail)
        return back(request)

    return posted_from("generation:studio", same_ids=False)(login_required(view))


cancel_job = on_job(services.cancel_job)
retry_job = on_job(services.retry_job)
dismiss_job = on_job(strip.dismiss)
