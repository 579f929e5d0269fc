"""Writes about boards."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Person
from generation.errors import WorkNotFound
from generation.models import Work
from generation.studio.errors import NameTaken, TooManyBoards
from generation.studio.models import Board, BoardWork
from generation.studio.names import checked_name

LONGEST_NAME = 80
MOST_BOARDS = 500
"""of one person"""


def create_board(*, person: Person, name: str, is_public: bool = False) -> Board:
    """Make an empty board. Raises InvalidInput, NameTaken, TooManyBoards."""
    name = checked_name(name, longest=LONGEST_NAME)
    if Board.objects.of(person).count() >= MOST_BOARDS:
        raise TooManyBoards(f"You have {MOST_BOARDS} boards, as many as one person may have. Delete one first.")
    try:
        with transaction.atomic():
            return Board.objects.create(person=person, name=name, is_public=is_public)
    except IntegrityError as error:
        raise _taken(name) from error


def change_board(*, board: Board, name: str | None = None, is_public: bool | None = None) -> Board:
    """Rename a board, or show it to everybody, or to nobody else. Raises InvalidInput, NameTaken."""
    if name is not None:
        board.name = checked_name(name, longest=LONGEST_NAME)
    if is_public is not None:
        board.is_public = is_public
    try:
        with transaction.atomic():
            board.save(update_fields=["name", "is_public"])
    except IntegrityError as error:
        raise _taken(board.name) from error
    return board


def delete_board(*, board: Board) -> None:
    """Take a board apart. The works stay."""
    board.delete()


def add_works(*, board: Board, works: Iterable[UUID]) -> int:
    """Put works that the board's owner can see onto it; how many were not on it before.

    Raises WorkNotFound, and adds none, when one of them is not there for her.
    """
    wanted = set(works)
    found = Work.objects.visible_to(board.person).filter(pk__in=wanted).values_list("pk", flat=True)
    if len(found) != len(wanted):
        raise WorkNotFound("One of these works is not there, or not yours to see. Nothing was added.")
    with transaction.atomic():
        before = board.places.count()
        # Two tabs may add the same work at the same moment: the constraint decides, and both succeed.
        places = [BoardWork(board=board, work_id=work) for work in found]
        BoardWork.objects.bulk_create(places, ignore_conflicts=True)
        return board.places.count() - before


def remove_works(*, board: Board, works: Sequence[UUID]) -> int:
    """Take works off a board; how many were on it."""
    removed, _ = board.places.filter(work__in=works).delete()
    return removed


def _taken(name: str) -> NameTaken:
    return NameTaken(f"You have a board named “{name}” already. Nothing was changed: choose another name.")
