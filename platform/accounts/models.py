"""People, their wallets, and the single-use challenges of Sign-In with Ethereum."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from accounts.names import normalise
from accounts.querysets import PersonManager, WalletQuerySet
from api.identifiers import new_id


class Person(AbstractUser):
    """Somebody who signs in: a creator, a curator, an operator, or the owner of a program's keys."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    display_name = models.CharField(max_length=80, blank=True)

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.display_name or self.username

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Django calls this wherever a name is set: names are kept, and found, in one form."""
        return normalise(username)


class Wallet(models.Model):
    """An Ethereum address that proved, by signature, to belong to a person. EIP-55 checksummed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="wallets")
    address = models.CharField(max_length=42)
    verified_at = models.DateTimeField(auto_now_add=True)

    objects = WalletQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["verified_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("address"), name="wallet_belongs_to_one_person"),
        ]

    def __str__(self) -> str:
        return self.address


class SignInChallenge(models.Model):
    """A nonce handed out for one EIP-4361 sign-in. `used_at` is set by a conditional update: exactly once."""

    nonce = models.CharField(max_length=64, primary_key=True)
    domain = models.CharField(max_length=255)
    chain_id = models.BigIntegerField()
    issued_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.nonce
