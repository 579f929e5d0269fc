"""What a creator arranges works with. Rows here say nothing about a picture; deleting them loses no work."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from api.identifiers import new_id
from generation.studio.querysets import BoardQuerySet


class Board(models.Model):
    """A person's choice of works. Private until she makes it public; its address stays the same."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="boards")
    name = models.CharField(max_length=80)
    is_public = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    works: "models.ManyToManyField[models.Model, BoardWork]" = models.ManyToManyField(
        "generation.Work", through="BoardWork", related_name="boards"
    )

    objects = BoardQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint("person", Lower("name"), name="one_board_of_a_name")]

    def __str__(self) -> str:
        return self.name


class BoardWork(models.Model):
    """A work's place on a board."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="places")
    work = models.ForeignKey("generation.Work", on_delete=models.CASCADE, related_name="places")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["board", "work"], name="a_work_once_on_a_board")]

    def __str__(self) -> str:
        return f"{self.work_id} on {self.board_id}"


class Favourite(models.Model):
    """A work that a person wants to find again. Nobody else is told."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favourites")
    work = models.ForeignKey("generation.Work", on_delete=models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "work"], name="a_favourite_once")]

    def __str__(self) -> str:
        return f"{self.work_id} of {self.person_id}"


class Preset(models.Model):
    """Choices that a person keeps under a name, to fill in the prompt line with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presets")
    name = models.CharField(max_length=40)
    choices = models.JSONField(help_text="field of the prompt line → its value as text")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = [Lower("name")]
        constraints: ClassVar = [models.UniqueConstraint("person", Lower("name"), name="one_preset_of_a_name")]

    def __str__(self) -> str:
        return self.name
