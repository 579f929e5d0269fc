"""REST endpoints of boards and favourites. (Search is a parameter of the works' own list.)"""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Person
from api.endpoints import Endpoint
from api.pagination import page_of
from api.permissions import AnybodyCanRead, CanGenerate
from api.requests import person_of, validated_body
from api.schema import page_parameters, page_schema
from generation.listing import shown_works, with_all_that_is_shown
from generation.models import Work
from generation.serializers import WorkSerializer
from generation.studio import boards, favourites
from generation.studio.errors import BoardNotFound
from generation.studio.models import Board
from generation.studio.serializers import (
    BoardChangeSerializer,
    BoardRequestSerializer,
    BoardSerializer,
    BoardWorksSerializer,
)


class Boards(Endpoint):
    """The caller's boards."""

    permissions_by_method = {"POST": CanGenerate}

    @extend_schema(
        operation_id="list_boards",
        summary="List your boards",
        description="Newest first. Scope `read`.",
        tags=["boards"],
        parameters=page_parameters(),
        responses=page_schema(BoardSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(request, Board.objects.of(person_of(request)).counted())
        return Response(page.body(BoardSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="create_board",
        summary="Make a board",
        description="It is empty, and private unless `is_public` says otherwise. 409 `name_taken` when you have one "
        "of this name. Scope `generate`.",
        tags=["boards"],
        request=BoardRequestSerializer,
        responses={201: BoardSerializer},
    )
    def post(self, request: Request) -> Response:
        wish = validated_body(request, BoardRequestSerializer)
        board = boards.create_board(person=person_of(request), **wish)
        body = _board_json(board)
        return Response(body, status=201, headers={"Location": body["urls"]["get"]})


class OneBoard(Endpoint):
    """One board."""

    permissions_by_method = {"GET": AnybodyCanRead, "PATCH": CanGenerate, "DELETE": CanGenerate}

    @extend_schema(
        operation_id="get_board",
        summary="Get a board",
        description="A private board is there for its owner only.",
        tags=["boards"],
        responses=BoardSerializer,
    )
    def get(self, request: Request, board_id: UUID) -> Response:
        return Response(_board_json(_visible_board(request.user, board_id)))

    @extend_schema(
        operation_id="change_board",
        summary="Rename a board, or make it public or private",
        description="What is left out stays. Scope `generate`.",
        tags=["boards"],
        request=BoardChangeSerializer,
        responses=BoardSerializer,
    )
    def patch(self, request: Request, board_id: UUID) -> Response:
        board = _own_board(person_of(request), board_id)
        changes = validated_body(request, BoardChangeSerializer)
        return Response(_board_json(boards.change_board(board=board, **changes)))

    @extend_schema(
        operation_id="delete_board",
        summary="Delete a board",
        description="The works stay. Scope `generate`.",
        tags=["boards"],
        responses={204: None},
    )
    def delete(self, request: Request, board_id: UUID) -> Response:
        boards.delete_board(board=_own_board(person_of(request), board_id))
        return Response(status=204)


class WorksOfBoard(Endpoint):
    """What is on a board."""

    permissions_by_method = {"GET": AnybodyCanRead, "POST": CanGenerate}

    @extend_schema(
        operation_id="list_works_of_board",
        summary="List the works on a board",
        description="Newest first; those that you may see.",
        tags=["boards"],
        parameters=page_parameters(),
        responses=page_schema(WorkSerializer),
    )
    def get(self, request: Request, board_id: UUID) -> Response:
        board = _visible_board(request.user, board_id)
        works = Work.objects.visible_to(request.user).filter(places__board=board)
        page = page_of(request, with_all_that_is_shown(works))
        return Response(page.body(shown_works(page.rows, viewer=request.user)))

    @extend_schema(
        operation_id="add_works_to_board",
        summary="Put works onto a board",
        description="All of them or, when one is not there for you, none; what is on it already stays. "
        "Scope `generate`.",
        tags=["boards"],
        request=BoardWorksSerializer,
        responses=BoardSerializer,
    )
    def post(self, request: Request, board_id: UUID) -> Response:
        board = _own_board(person_of(request), board_id)
        boards.add_works(board=board, works=validated_body(request, BoardWorksSerializer)["works"])
        return Response(_board_json(board))


class OneWorkOfBoard(Endpoint):
    """A work on a board."""

    permissions_by_method = {"DELETE": CanGenerate}

    @extend_schema(
        operation_id="remove_work_from_board",
        summary="Take a work off a board",
        description="The same however often it is sent. Scope `generate`.",
        tags=["boards"],
        responses={204: None},
    )
    def delete(self, request: Request, board_id: UUID, work_id: UUID) -> Response:
        boards.remove_works(board=_own_board(person_of(request), board_id), works=[work_id])
        return Response(status=204)


class FavouriteWork(Endpoint):
    """Whether a work is among the caller's favourites."""

    permissions_by_method = {"PUT": CanGenerate, "DELETE": CanGenerate}

    @extend_schema(
        operation_id="add_favourite",
        summary="Mark a work as a favourite",
        description="The same however often it is sent. `GET /works?scope=favourites` lists them. Scope `generate`.",
        tags=["works"],
        request=None,
        responses={204: None},
    )
    def put(self, request: Request, work_id: UUID) -> Response:
        favourites.add_favourites(person=person_of(request), works=[work_id])
        return Response(status=204)

    @extend_schema(
        operation_id="remove_favourite",
        summary="Take a work from your favourites",
        description="The same however often it is sent. Scope `generate`.",
        tags=["works"],
        responses={204: None},
    )
    def delete(self, request: Request, work_id: UUID) -> Response:
        favourites.remove_favourites(person=person_of(request), works=[work_id])
        return Response(status=204)


def _own_board(person: Person, board_id: UUID) -> Board:
    board = Board.objects.of(person).filter(pk=board_id).first()
    if board is None:
        raise BoardNotFound("You have no board with this id.")
    return board


def _visible_board(viewer: Person | AnonymousUser, board_id: UUID) -> Board:
    board = Board.objects.visible_to(viewer).filter(pk=board_id).first()
    if board is None:
        raise BoardNotFound("There is no board with this id that you can see.")
    return board


def _board_json(board: Board) -> dict[str, Any]:
    return dict(BoardSerializer(Board.objects.counted().get(pk=board.pk)).data)
