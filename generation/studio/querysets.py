"""Questions about boards."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Q

if TYPE_CHECKING:
    from accounts.models import Person
    from generation.studio.models import Board  # noqa: F401 - the queryset's type argument


class BoardQuerySet(models.QuerySet["Board"]):
    """Boards by who may see them."""

    def of(self, person: "Person") -> Self:
        """A person's own boards."""
        return self.filter(person=person)

    def visible_to(self, person: "Person | AnonymousUser") -> Self:
        """Public boards, and one's own."""
        return self.filter(Q(is_public=True) | Q(person=person.pk)) if person.pk else self.filter(is_public=True)

    def counted(self) -> Self:
        """With `works_count`."""
        return self.annotate(works_count=Count("places"))
