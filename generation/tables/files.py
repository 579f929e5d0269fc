"""Files under their own hashes."""

from django.db import models


class StoredFile(models.Model):
    """Bytes kept under their own hash: pictures, recipes, token metadata. Served at `/ipfs/<cid>`."""

    sha256 = models.BinaryField(max_length=32, primary_key=True)
    cid = models.CharField(max_length=100, unique=True, help_text="as `ipfs add --cid-version=1 --raw-leaves` gives")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    path = models.CharField(max_length=200, help_text="in the media storage")
    is_public = models.BooleanField(default=True, db_default=True, help_text="served to everybody by its CID")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.cid

    @property
    def extension(self) -> str:
        """`png`, `jpg`, `webp` or `json`."""
        return self.path.rpartition(".")[2]
