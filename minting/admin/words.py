"""Addresses, amounts and royalties in words, for pages of the panel."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings

from minting.models.royalties import OwnRoyalty

WEI = Decimal(10) ** 18


def cut(address: str) -> str:
    """An address for a line that is a link: the whole is on the page behind it."""
    return f"{address[:8]}…{address[-6:]}"


def coins(wei: Decimal, *, chain_id: int) -> str:
    """An amount in the chain's coin."""
    names = [config.currency for config in settings.CHAINS if config.chain_id == chain_id]
    return " ".join([f"{(Decimal(wei) / WEI).normalize():f}", *names])


def shares_in_words(shares: Sequence[dict[str, Any]]) -> str:
    """Who gets which part."""
    whole = sum(share["parts"] for share in shares)
    return ", ".join(f"{100 * share['parts'] / whole:g} % to {share['address']}" for share in shares)


def royalty_in_words(wish: OwnRoyalty) -> str:
    """How much of a sale goes to whom, when the token has a royalty of its own."""
    own = wish.own_royalty()
    if own is None:
        return "none: it has the collection’s"
    receiver, basis_points = own
    shared = f", a splitter: {shares_in_words(wish.royalty_shares)}" if wish.royalty_shares else ""
    return f"{basis_points / 100:g} % to {receiver}{shared}"
