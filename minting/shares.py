"""Who gets how many parts of royalties: what people may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.errors import InvalidInput
from minting.addresses import parse_address

MOST_BASIS_POINTS = 1000
"""10 %: the contract takes no more"""
MOST_SHARES = 20


@dataclass(frozen=True, kw_only=True)
class RoyaltyShare:
    """Who gets how many parts of the royalties."""

    address: str
    parts: int


def checked_shares(shares: Sequence[RoyaltyShare], *, field: str = "royalty_shares") -> list[RoyaltyShare]:
    """The same, with EIP-55 addresses. Raises InvalidInput and BadAddress naming `field`."""
    if len(shares) > MOST_SHARES:
        raise InvalidInput.for_field(field, f"At most {MOST_SHARES} can share the royalties.")
    checked = [
        RoyaltyShare(address=parse_address(share.address, field=f"{field}[{place}].address"), parts=share.parts)
        for place, share in enumerate(shares)
    ]
    if len({share.address for share in checked}) < len(checked):
        raise InvalidInput.for_field(field, "The same address is named twice.", code="twice")
    if any(not 1 <= share.parts < 2**32 for share in checked):
        raise InvalidInput.for_field(field, "Each has at least one part.")
    return checked


def shares_of_lines(text: str, *, field: str) -> list[RoyaltyShare]:
    """Lines of an address and its parts as shares; an address alone has one part.

    Raises InvalidInput naming `field` for a line that is neither.
    """
    shares = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if len(words) > 2 or not all(word.isdecimal() for word in words[1:]):
            detail = f"“{line.strip()[:60]}” is not an address and a number of parts, with a space between."
            raise InvalidInput.for_field(field, detail)
        shares.append(RoyaltyShare(address=words[0], parts=int(words[1]) if len(words) == 2 else 1))
    return shares
