"""Royalties in JSON: a token's own, and who shares one."""

from typing import Any

from rest_framework import serializers

from minting.models.royalties import OwnRoyalty
from minting.shares import MOST_BASIS_POINTS, MOST_SHARES


class RoyaltyShareSerializer(serializers.Serializer[Any]):
    """Who gets how many parts of the royalties."""

    address = serializers.CharField(max_length=200)
    parts = serializers.IntegerField(min_value=1, max_value=2**32 - 1, help_text="of the sum of all parts")


class RoyaltySerializer(serializers.Serializer[Any]):
    """A royalty of one token's own."""

    basis_points = serializers.IntegerField(help_text="hundredths of a percent")
    receiver = serializers.CharField(help_text="EIP-55; of several payees, the splitter that pays them")
    shares = RoyaltyShareSerializer(many=True, help_text="the splitter's payees; empty when one address gets all")


class RoyaltyRequestSerializer(serializers.Serializer[Any]):
    """What the token's royalty shall be, instead of the collection's. The chain fixes it when the token is made."""

    basis_points = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_BASIS_POINTS,
        help_text="hundredths of a percent, at most 10 %; as many as the collection has by default",
    )
    shares = serializers.ListField(
        child=RoyaltyShareSerializer(),
        required=False,
        default=list,
        max_length=MOST_SHARES,
        help_text="who receives it: collaborators, the makers of a model; without any, the work's creator",
    )


def royalty_json(wish: OwnRoyalty) -> dict[str, Any] | None:
    """A royalty of the token's own; None for the collection's."""
    own = wish.own_royalty()
    if own is None:
        return None
    return {"basis_points": own[1], "receiver": own[0], "shares": wish.royalty_shares}
