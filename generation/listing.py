"""Works in lists of the API: which ones are asked for, with all that is shown of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.models import Person
from api.errors import InvalidInput, Unauthorized
from api.requests import person_of
from generation.models import Work
from generation.serializers import WorkSerializer
from generation.studio.models import Board
from generation.studio.search import search_prompts

LINEAGE = ("parent_links__parent", "parent_links__image", "child_links__work")
SCOPES = ("gallery", "mine", "favourites")

PARAMETERS = [
    OpenApiParameter("scope", str, enum=list(SCOPES), default="gallery"),
    OpenApiParameter(
        "q",
        str,
        description="words of the prompt, each matching what begins with it; `-word` excludes. Private prompts are "
        "searched for their maker only",
    ),
    OpenApiParameter("model", str, description="a slug of `GET /models`"),
    OpenApiParameter("board", UUID, description="only works on this board of yours, or public one"),
]


def works_asked_for(request: Request) -> QuerySet[Work]:
    """The works that a list's parameters name, without order. Raises InvalidInput, Unauthorized."""
    asked = request.query_params
    works = _in_scope(request, asked.get("scope", "gallery"))
    if model := asked.get("model"):
        works = works.filter(model__slug=model)
    if board := asked.get("board"):
        works = works.filter(places__board__in=_boards(request, board))
    viewer = person_of(request) if request.user.is_authenticated else None
    return search_prompts(works, text=asked.get("q", ""), viewer=viewer)


def with_all_that_is_shown(works: QuerySet[Work]) -> QuerySet[Work]:
    """What `WorkSerializer` reads, without a question for each row."""
    return works.select_related("file__pin", "recipe_file", "model", "trajectory").prefetch_related(
        "mints__collection", *LINEAGE
    )


def shown_works(works: Sequence[Work], *, viewer: Person | AnonymousUser) -> Any:  # noqa: ANN401 - serializers share no typed shape
    """The works as JSON."""
    return WorkSerializer(works, many=True, context={"viewer": viewer}).data


def _in_scope(request: Request, scope: str) -> QuerySet[Work]:
    if scope == "gallery":
        return Work.objects.gallery()
    if scope not in SCOPES:
        raise InvalidInput.for_field("scope", "`scope` is `gallery`, `mine` or `favourites`.")
    if not request.user.is_authenticated:
        raise Unauthorized("To list your own works, send a key as `Authorization: Bearer ck_…`, or sign in.")
    person = person_of(request)
    if scope == "mine":
        return Work.objects.of(person)
    return Work.objects.visible_to(person).filter(favourites__person=person)


def _boards(request: Request, text: str) -> QuerySet[Board]:
    try:
        board_id = UUID(text)
    except ValueError as error:
        raise InvalidInput.for_field("board", "`board` is the id of a board.") from error
    return Board.objects.visible_to(request.user).filter(pk=board_id)
