"""What the queue keeps beside the jobs: whose turn it is."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from generation.queue_querysets import TurnQuerySet


class Priority(models.IntegerChoices):
    """Classes of the queue: a better one is served first, until somebody below has waited too long."""

    HIGH = 1, "high"
    NORMAL = 2, "normal"
    LOW = 3, "low"


class Turn(models.Model):
    """Where one person stands in one priority class, so that a claim looks at people and not at all their jobs.

    `served` counts picture-steps on a common scale: who joins starts level with those who wait, not at zero, so an
    idle month is no credit. Who has the least is next; of equals, who was served least recently.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="turns")
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)
    waiting = models.BooleanField(default=False, help_text="has jobs that wait, or had a moment ago")
    served = models.BigIntegerField(default=0, help_text="picture-steps")
    since = models.DateTimeField(default=timezone.now, help_text="waits since then without being served")
    passed = models.PositiveSmallIntegerField(default=0, help_text="claims that went past its oldest job")
    last_served_at = models.DateTimeField(null=True, blank=True)

    objects = TurnQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "priority"], name="one_turn_per_person_and_class")
        ]
        indexes: ClassVar = [
            # Whose turn is next.
            models.Index(
                fields=["priority", "served", "since", "id"], condition=Q(waiting=True), name="turn_least_served"
            ),
            # Who has waited longest, whatever the class.
            models.Index(fields=["since", "id"], condition=Q(waiting=True), name="turn_longest_waiting"),
            # Where somebody starts who joins while nobody waits.
            models.Index(fields=["priority", "served"], name="turn_served"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_priority_display()})"
