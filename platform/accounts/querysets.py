"""What is asked about people and their wallets."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import UserManager
from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.names import normalise

if TYPE_CHECKING:
    from accounts.models import Person, Wallet  # noqa: F401 - the queryset's type argument


class PersonManager(UserManager["Person"]):
    """Finds people by name whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person who signs in with this name. Raises Person.DoesNotExist."""
        return super().get_by_natural_key(normalise(username or ""))


class WalletQuerySet(QuerySet["Wallet"]):
    """Wallets, by the question."""

    def with_address(self, address: str) -> Self:
        """The wallet with this address, in any case; at most one."""
        return self.annotate(_address=Lower("address")).filter(_address=address.lower())

    def of(self, person: "Person") -> Self:
        """A person's wallets, the first she proved first."""
        return self.filter(person=person).order_by("verified_at", "id")


def first_wallet_address(person: "Person") -> str | None:
    """The address an attestation names as creator and a mint goes to by default, or None without a wallet."""
    return person.wallets.order_by("verified_at", "id").values_list("address", flat=True).first()
