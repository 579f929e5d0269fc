"""API keys and idempotency records."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.identifiers import new_id


class Scope(models.TextChoices):
    """What a key may do."""

    READ = "read", "read own jobs, works and mints"
    GENERATE = "generate", "make pictures"
    MINT = "mint", "mint works"


class ApiKey(models.Model):
    """A program's key. Only its SHA-256 is kept; the key itself (`ck_<prefix>_<secret>`) is shown once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80, blank=True)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "key"

    def __str__(self) -> str:
        return f"ck_{self.prefix}_…"


class IdempotencyRecord(models.Model):
    """Which object a request with this `Idempotency-Key` made; written in the same transaction as the object."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    body_hash = models.BinaryField(max_length=32)
    object_id = models.UUIDField(
        null=True, help_text="the job or mint that the first request made; null only while that request is in flight"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "route", "key"], name="idempotency_once_per_person_and_route")
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
