"""What the queue keeps beside the jobs: whose turn it is, who may ask for how much, who draws and how fast."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.models import ApiKey
from generation.queue_querysets import WorkerQuerySet


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


class Allowance(models.Model):
    """What one person, or one key, may ask for. Empty fields: as the site's settings have it."""

    id = models.BigAutoField(primary_key=True)
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="allowance"
    )
    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="allowance")
    pictures_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="0: as many as wished")
    picture_steps_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="0: as many as wished")
    jobs_in_flight = models.PositiveIntegerField(
        null=True, blank=True, help_text="waiting and running at a time; 0: as many as wished"
    )
    best_priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, null=True, blank=True, help_text="the best class that may be asked for"
    )
    note = models.CharField(max_length=200, blank=True, help_text="why; for the next operator")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(person__isnull=True, key__isnull=False) | Q(person__isnull=False, key__isnull=True),
                name="allowance_of_a_person_or_a_key",
                violation_error_message="An allowance belongs to one person or to one key.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person or self.key}"


class Worker(models.Model):
    """A process that draws, as it described itself when it was last heard of."""

    class Activity(models.TextChoices):
        IDLE = "idle", "waiting for jobs"
        DRAWING = "drawing", "drawing"
        STOPPED = "stopped", "stopped"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120, unique=True, help_text="what it signs its leases with")
    host = models.CharField(max_length=120)
    declares = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="slugs of the models it draws; none: all"
    )
    device = models.CharField(max_length=120, blank=True)
    slots = models.PositiveSmallIntegerField(default=1, help_text="pictures it draws at a time")
    loaded_model = models.ForeignKey(
        "generation.DiffusionModel", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    activity = models.CharField(max_length=10, choices=Activity.choices, default=Activity.IDLE)
    started_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_seen_at"]

    def __str__(self) -> str:
        return self.name


class StepTime(models.Model):
    """How long a step takes on one kind of device: a running average over jobs, with all that belongs to them."""

    id = models.BigAutoField(primary_key=True)
    device = models.CharField(max_length=120)
    model = models.ForeignKey("generation.DiffusionModel", on_delete=models.CASCADE, related_name="step_times")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    slots = models.PositiveSmallIntegerField()
    seconds = models.FloatField(help_text="of one step of all slots together")
    jobs = models.PositiveIntegerField(default=0, help_text="how many went into the average")
    measured_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device", "model", "width", "height", "slots"], name="one_step_time_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seconds:.3f} s per step: {self.model}, {self.width} by {self.height}, {self.device}"
