"""Running recipes again: what each picture committed to, who asked for a re-run, and what came out."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from api.identifiers import new_id


class Trajectory(models.Model):
    """The latents of a work after each of its steps, committed to by a signed Merkle root when it was published."""

    work = models.OneToOneField(
        "generation.Work", on_delete=models.PROTECT, related_name="trajectory", primary_key=True
    )
    root = models.BinaryField(max_length=32)
    leaves = models.PositiveSmallIntegerField(help_text="steps that were taken")
    document = models.JSONField(help_text="the signed statement, of the type provenance.trajectories.TRAJECTORY")
    worker = models.CharField(max_length=120, help_text="that drew the picture")
    path = models.CharField(
        max_length=200, blank=True, help_text="of the latents, in the media storage; empty when they are not kept"
    )
    size = models.PositiveBigIntegerField(default=0, help_text="bytes that they take")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "trajectories"
        indexes: ClassVar = [models.Index(fields=["created_at"], condition=~Q(path=""), name="trajectory_kept")]

    def __str__(self) -> str:
        return "0x" + bytes(self.root).hex()


class Rerun(models.Model):
    """The wish to have a work's recipe run again, whole or one step of it. Its job tells where it stands.

    One without a job was run by a command, at once.
    """

    class Kind(models.TextChoices):
        REPRODUCE = "reproduce", "run again"
        AUDIT = "audit", "one step checked"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    work = models.ForeignKey("generation.Work", on_delete=models.PROTECT, related_name="reruns")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    job = models.OneToOneField(
        "generation.Job", on_delete=models.PROTECT, related_name="rerun", null=True, blank=True
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="reruns",
        null=True,
        blank=True,
        help_text="none: an operator at the machine",
    )
    nonce = models.BinaryField(
        max_length=32, null=True, blank=True, help_text="of an audit: drawn after the root was signed"
    )
    nonce_is_theirs = models.BooleanField(default=False, help_text="whoever asked brought it")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(F("work"), F("created_at").desc(), name="rerun_of_work")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.created_at:%d %B %Y}"


class RerunRecord(models.Model):
    """What came out of a re-run: a signed record of its own. PostgreSQL refuses to change or remove one."""

    class Result(models.TextChoices):
        BIT_EXACT = "bit-exact", "bit-exact"
        WITHIN_TOLERANCE = "within-tolerance", "within tolerance"
        DIFFERS = "differs", "differs"

    rerun = models.OneToOneField(Rerun, on_delete=models.PROTECT, related_name="record", primary_key=True)
    result = models.CharField(max_length=16, choices=Result.choices)
    document = models.JSONField(help_text="the signed record, of a type of provenance.reruns")
    class_here = models.JSONField(help_text="the reproducibility class that it ran in; its hash is signed")
    opened = models.JSONField(default=list, help_text="of an audit: [{index, leaf, proof}] under the trajectory root")
    worker = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return self.get_result_display()
