"""What operators decide about prompts: rules, and the lists behind wildcards."""

from typing import ClassVar

from django.db import models

from api.identifiers import new_id
from generation import patterns


class PromptRule(models.Model):
    """A pattern that a prompt must not match, or that has its pictures looked at."""

    class Action(models.TextChoices):
        REFUSE = "refuse", "refuse the prompt"
        FLAG = "flag", "flag the pictures for curators"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pattern = models.CharField(
        max_length=500,
        validators=[patterns.check_pattern],
        help_text="a regular expression, found anywhere in the prompt, whatever the case; \\b marks a word's edge",
    )
    action = models.CharField(max_length=10, choices=Action.choices)
    reason = models.CharField(max_length=200, help_text="a sentence; who asked for the picture reads it")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.pattern}"


class Wildcard(models.Model):
    """A list that `__name__` in a prompt takes one of."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(
        max_length=60,
        unique=True,
        validators=[patterns.check_wildcard_name],
        help_text="small letters, digits and single underscores: `colour` is written __colour__",
    )
    options = models.TextField(max_length=20_000, help_text="one a line")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
