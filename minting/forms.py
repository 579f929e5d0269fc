"""Asking for a token. Types only: the rules are the service's."""

from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings

from accounts.models import Person
from minting.models import Collection
from minting.querysets import collections_for
from minting.royalties import RoyaltyWish
from minting.shares import RoyaltyShare, shares_of_lines


class MintForm(forms.Form):
    """Which collection, who sends and pays, who will own the token, at what price and with which royalty."""

    RELAYED, WALLET = "relayed", "wallet"

    collection = forms.ModelChoiceField(queryset=Collection.objects.none(), empty_label=None)
    to = forms.CharField(
        label="Owner’s address",
        max_length=80,
        widget=forms.TextInput(
            attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false", "placeholder": "0x…"}
        ),
        error_messages={"required": "Say who will own the token: an address that begins with 0x."},
    )
    way = forms.ChoiceField(
        label="Who sends it and pays",
        choices=[(RELAYED, "The platform"), (WALLET, "A wallet")],
        widget=forms.RadioSelect,
        initial=RELAYED,
        required=False,
    )
    price = forms.DecimalField(
        label="Price",
        required=False,
        min_value=0,
        max_digits=28,
        decimal_places=18,
        help_text="Whoever mints pays it to whoever gets the royalty, on top of the chain’s fee. Leave it empty when "
        "you mint for yourself.",
    )

    royalty = forms.DecimalField(
        label="Royalty in percent",
        required=False,
        min_value=0,
        max_value=10,
        decimal_places=2,
        help_text="Of each later sale, at most 10. Empty: as in the collection.",
    )
    shares = forms.CharField(
        label="Who receives it",
        required=False,
        max_length=2000,
        widget=forms.Textarea(
            attrs={"rows": 2, "class": "mono", "spellcheck": "false", "placeholder": "0x… 3\n0x… 1"}
        ),
        help_text="Collaborators, the makers of a model: one a line, an address and its parts. Empty: as in the "
        "collection, or you when you set a percentage.",
    )

    def __init__(self, *args: Any, person: Person, taken: AbstractSet[UUID] = frozenset(), **kwargs: Any) -> None:  # noqa: ANN401 - Form's own
        kwargs.setdefault("initial", {"to": person.wallets.values_list("address", flat=True).first() or ""})
        super().__init__(*args, **kwargs)
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = collections_for(person).exclude(pk__in=taken)
        self.fields["price"].label = f"Price in {_coins({place.chain_id for place in field.queryset})}"

    def collections_to_choose(self) -> list[Collection]:
        """The collections that could take this work."""
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)
        return list(field.queryset) if field.queryset is not None else []

    def wei(self) -> int:
        """The price in wei."""
        return int((self.cleaned_data.get("price") or 0) * 10**18)

    def royalty_wish(self) -> RoyaltyWish | None:
        """The royalty of the token's own; None for the collection's. Raises InvalidInput for an unreadable line."""
        percent = self.cleaned_data.get("royalty")
        shares = shares_of_lines(self.cleaned_data.get("shares", ""), field="shares")
        if percent is None and not shares:
            return None
        return RoyaltyWish(basis_points=None if percent is None else int(percent * 100), shares=shares)

    @property
    def has_choice(self) -> bool:
        """Whether any collection is left that could take this work."""
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)
        return bool(field.queryset and field.queryset.exists())


def _coins(chain_ids: AbstractSet[int]) -> str:
    """The coin of these chains; of several, each."""
    coins = {config.currency for config in settings.CHAINS if config.chain_id in chain_ids}
    return " or ".join(sorted(coins)) or "the chain’s coin"


class CollectionForm(forms.Form):
    """A collection of one's own."""

    PROXY, WHOLE = "proxy", "whole"

    chain = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    name = forms.CharField(max_length=80, help_text="It stands in the contract and can never be changed.")
    symbol = forms.CharField(max_length=12, help_text="A few capital letters that markets show beside the name.")
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.CharField(
        max_length=80,
        help_text="One of your linked wallets, or a Safe that one of them owns. It can do everything with the "
        "collection; the platform can only mint in it, until the owner ends that.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    royalty = forms.DecimalField(
        label="Royalty in percent", min_value=0, max_value=10, decimal_places=2, initial=5,
        help_text="Of each later sale, at most 10. Markets may or may not pay it.",
    )  # fmt: skip
    shares = forms.CharField(
        label="Who shares it",
        required=False,
        max_length=2000,
        widget=forms.Textarea(
            attrs={"rows": 3, "class": "mono", "spellcheck": "false", "placeholder": "0x… 3\n0x… 1"}
        ),
        help_text="Collaborators, the makers of a model: one a line, an address and its parts. Empty: all to the "
        "owner.",
    )

    kind = forms.ChoiceField(
        label="Its contract",
        choices=[(PROXY, "A proxy"), (WHOLE, "A whole contract")],
        widget=forms.RadioSelect,
        initial=PROXY,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Form's own
        super().__init__(*args, **kwargs)
        if len(settings.CHAINS) < 2:
            del self.fields["chain"]
            return
        field = self.fields["chain"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(config.chain_id, config.name) for config in settings.CHAINS]

    def wants_whole(self) -> bool:
        """Whether it shall be a whole contract; a proxy when nothing is chosen."""
        return str(self.cleaned_data["kind"]) == self.WHOLE

    def royalty_shares(self) -> list[RoyaltyShare]:
        """The lines as shares. Raises InvalidInput for a line that is not an address and a number."""
        return shares_of_lines(self.cleaned_data["shares"], field="shares")
