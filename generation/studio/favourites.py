"""Writes about favourites."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import Person
from generation.errors import WorkNotFound
from generation.models import Work
from generation.studio.models import Favourite


def add_favourites(*, person: Person, works: Iterable[UUID]) -> None:
    """Mark works that the person can see; marking twice changes nothing.

    Raises WorkNotFound, and marks none, when one of them is not there for her.
    """
    wanted = set(works)
    found = Work.objects.visible_to(person).filter(pk__in=wanted).values_list("pk", flat=True)
    if len(found) != len(wanted):
        raise WorkNotFound("One of these works is not there, or not yours to see. Nothing was marked.")
    Favourite.objects.bulk_create([Favourite(person=person, work_id=work) for work in found], ignore_conflicts=True)


def remove_favourites(*, person: Person, works: Iterable[UUID]) -> None:
    """Take the marks away again."""
    Favourite.objects.filter(person=person, work__in=list(works)).delete()
