"""Pages of boards, and the page that compares works."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Person
from api.errors import Problem
from api.posted import posted_from
from generation.gallery import wall_page
from generation.models import Work
from generation.studio import boards
from generation.studio.actions import MOST_CHOSEN, chosen_works, on_works
from generation.studio.comparing import compare
from generation.studio.forms import BoardForm, show_name_problem
from generation.studio.htmx import back, safe_address
from generation.studio.models import Board
from generation.studio.sheet import uuid_in
from generation.studio.views import signed_in


@never_cache
@require_safe
def compare_works(request: HttpRequest) -> HttpResponse:
    """Two to four works side by side."""
    wanted = [found for text in request.GET.getlist("work")[:10] if (found := uuid_in(text))]
    works = Work.objects.visible_to(request.user).select_related("job", "model", "person", "file").in_bulk(wanted)
    shown = [works[work] for work in dict.fromkeys(wanted) if work in works]
    try:
        context: dict[str, object] = {"comparison": compare(shown, viewer_id=request.user.pk)}
        status = 200
    except Problem as problem:
        context, status = {"wrong": problem.detail}, problem.status
    return render(request, "generation/studio/compare.html", context, status=status)


@never_cache
@require_safe
def board(request: HttpRequest, board_id: UUID) -> HttpResponse:
    """A board: for everybody while it is public, else for its owner."""
    found = get_object_or_404(Board.objects.visible_to(request.user).select_related("person"), pk=board_id)
    return _render_board(request, found)


def _render_board(
    request: HttpRequest, found: Board, *, form: BoardForm | None = None, status: int = 200
) -> HttpResponse:
    works = Work.objects.visible_to(request.user).filter(places__board=found)
    page = wall_page(works=works, older_than=uuid_in(request.GET.get("older_than", "")))
    context = {
        "board": found,
        "own": found.person_id == request.user.pk,
        "works": page.works,
        "older": f"?older_than={page.older_than}" if page.older_than else "",
        "form": form or BoardForm(initial={"name": found.name, "is_public": found.is_public}),
        "address": request.build_absolute_uri(reverse("generation:board", args=[found.pk])),
    }
    return render(request, "generation/studio/board.html", context, status=status)


def _own_board(person: Person, board_id: UUID) -> Board:
    return get_object_or_404(Board.objects.of(person).select_related("person"), pk=board_id)


@posted_from("generation:board")
@login_required
def change_board(request: HttpRequest, board_id: UUID) -> HttpResponse:
    """Rename it, show it to everybody, or to nobody else."""
    found, form = _own_board(signed_in(request), board_id), BoardForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            boards.change_board(board=found, **form.cleaned_data)
        except Problem as problem:
            show_name_problem(form, problem)
            status = problem.status
        else:
            return redirect("generation:board", board_id)
    found.refresh_from_db()
    return _render_board(request, found, form=form, status=status)


@posted_from("generation:board")
@login_required
def delete_board(request: HttpRequest, board_id: UUID) -> HttpResponse:
    """Take it apart; the works stay."""
    found = _own_board(signed_in(request), board_id)
    boards.delete_board(board=found)
    messages.success(request, f"The board “{found.name}” is deleted. Its pictures stay where they are.")
    return redirect("generation:boards")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_boards(request: HttpRequest) -> HttpResponse:
    """One's boards, and a form to make another."""
    person = signed_in(request)
    form, status = BoardForm(request.POST or None), 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            return redirect("generation:board", boards.create_board(person=person, **form.cleaned_data).pk)
        except Problem as problem:
            show_name_problem(form, problem)
            status = problem.status
    context = {"boards": _with_pictures(person), "form": form}
    return render(request, "generation/studio/boards.html", context, status=status)


def _with_pictures(person: Person) -> list[Board]:
    """The person's boards, each with its newest works as `pictures`."""
    found = list(Board.objects.of(person).counted())
    for each in found:
        newest = Work.objects.visible_to(person).filter(places__board=each).order_by("-places__created_at")
        each.pictures = newest.defer("recipe", "attestation")[:4]  # type: ignore[attr-defined] # for the page only
    return found


@never_cache
@require_safe
@login_required
def pick_board(request: HttpRequest) -> HttpResponse:
    """On which board? The works are named in the address."""
    return _render_pick(request, request.GET)


def _render_pick(request: HttpRequest, given: QueryDict, *, wrong: str = "", status: int = 200) -> HttpResponse:
    person = signed_in(request)
    wanted = [found for text in given.getlist("work")[:MOST_CHOSEN] if (found := uuid_in(text))]
    context = {
        "works": Work.objects.visible_to(person).filter(pk__in=wanted).defer("recipe", "attestation"),
        "boards": Board.objects.of(person).counted().order_by("name"),
        "back": safe_address(request, given.get("back", "")),
        "wrong": wrong,
        "name": given.get("name", ""),
    }
    return render(request, "generation/studio/pick_board.html", context, status=status)


@on_works
def put_on_board(request: HttpRequest, person: Person, works: list[UUID]) -> str | HttpResponse:
    """Put works onto a board that is there, or onto a new one."""
    board_id, name = uuid_in(request.POST.get("board", "")), request.POST.get("name", "")
    with transaction.atomic():
        # A name that was typed is meant, whichever board was marked beforehand.
        if board_id is not None and not name.strip():
            found = _own_board(person, board_id)
        else:
            try:
                found = boards.create_board(person=person, name=name)
            except Problem as problem:
                return _render_pick(request, request.POST, wrong=problem.detail, status=problem.status)
        boards.add_works(board=found, works=works)
    return f"On the board “{found.name}”."


@posted_from("generation:board")
@login_required
def take_off_board(request: HttpRequest, board_id: UUID) -> HttpResponse:
    """Take works off a board."""
    found = _own_board(signed_in(request), board_id)
    try:
        boards.remove_works(board=found, works=chosen_works(request.POST))
    except Problem as problem:
        messages.error(request, problem.detail)
    return back(request)
