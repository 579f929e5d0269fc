"""How works look, to be found by it, and which resemble which."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from generation.tables.bits import Bits256Field


class PerceptualHash(models.Model):
    """A PDQ hash of a work, or of one of its registered crops. Rows are only ever added."""

    id = models.BigAutoField(primary_key=True)
    work = models.ForeignKey("generation.Work", on_delete=models.CASCADE, related_name="perceptual_hashes")
    place = models.PositiveSmallIntegerField(help_text="0: the whole picture; n: the n-th of fingerprints.TILES")
    bits = Bits256Field(help_text="PDQ, of the picture scaled to 512 pixels a side")
    quality = models.PositiveSmallIntegerField(help_text="0 to 100; below 50 the hash says little")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work", "place"], name="one_hash_per_place_of_a_work")
        ]
        indexes: ClassVar = [
            # Of nineteen rows one is a whole picture's: reading and searching those must not pass over the others.
            models.Index(fields=["id"], include=["bits"], condition=Q(place=0), name="hashes_of_whole_pictures")
        ]

    def __str__(self) -> str:
        return f"{bytes(self.bits).hex()} ({'whole' if self.place == 0 else f'crop {self.place}'})"


class Resemblance(models.Model):
    """Two works that look alike, the newer one first. A hint for curators and makers, judged by nobody yet."""

    class Kind(models.TextChoices):
        EXACT = "exact", "the same pixels"
        NEAR = "near", "a near-copy"
        CROP = "crop", "a crop"

    id = models.BigAutoField(primary_key=True)
    work = models.ForeignKey("generation.Work", on_delete=models.CASCADE, related_name="resemblances")
    earlier = models.ForeignKey("generation.Work", on_delete=models.CASCADE, related_name="later_resemblances")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    distance = models.PositiveSmallIntegerField(help_text="of 256 bits of PDQ; 0 for the same")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["distance", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["work", "earlier"], name="one_resemblance_per_pair"),
            models.CheckConstraint(condition=~Q(work=models.F("earlier")), name="nothing_resembles_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.earlier_id}"
