"""Asking for a token. Types only: the rules are the service's."""

from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from django import forms

from accounts.models import Person
from minting.models import Collection


class MintForm(forms.Form):
    """Which collection, and who will own the token."""

    collection = forms.ModelChoiceField(queryset=Collection.objects.none(), empty_label=None)
    to = forms.CharField(
        label="Owner’s address",
        max_length=80,
        widget=forms.TextInput(
            attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false", "placeholder": "0x…"}
        ),
        error_messages={"required": "Say who will own the token: an address that begins with 0x."},
    )

    def __init__(self, *args: Any, person: Person, taken: AbstractSet[UUID] = frozenset(), **kwargs: Any) -> None:  # noqa: ANN401 - Form's own
        kwargs.setdefault("initial", {"to": person.wallets.values_list("address", flat=True).first() or ""})
        super().__init__(*args, **kwargs)
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Collection.objects.filter(status=Collection.Status.READY).exclude(pk__in=taken)

    @property
    def has_choice(self) -> bool:
        """Whether any collection is left that could take this work."""
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)
        return bool(field.queryset and field.queryset.exists())
