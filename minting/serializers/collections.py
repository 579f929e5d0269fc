"""Collections in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.links import endpoint
from minting.costs import PAYS_FROM, PROXY_GAS, SAVED_GAS, WHOLE_GAS
from minting.models import Collection
from minting.serializers.royalties import RoyaltyShareSerializer


class CollectionUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a collection."""

    get = serializers.URLField(help_text="this collection in the API")


class CollectionSerializer(serializers.Serializer[Any]):
    """One deployed ERC-721 contract."""

    id = serializers.UUIDField()
    slug = serializers.CharField(help_text="what `collection` in a mint names")
    name = serializers.CharField()
    symbol = serializers.CharField()
    description = serializers.CharField()
    address = serializers.CharField(help_text="EIP-55; empty until its deployment has been signed")
    chain_id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Collection.Status.choices)
    is_default = serializers.BooleanField(help_text="used by mints that name no collection")
    owner = serializers.CharField(source="owner_address", help_text="EIP-55; who was made its admin, or empty")
    whole = serializers.SerializerMethodField(help_text="whether it is a whole contract, and no proxy of a factory")
    royalty_basis_points = serializers.IntegerField(help_text="hundredths of a percent, as it was made")
    royalty_shares = RoyaltyShareSerializer(many=True, help_text="empty when one address gets all")
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_whole(self, collection: Collection) -> bool:
        return not collection.is_proxy

    @extend_schema_field(CollectionUrlsSerializer)
    def get_urls(self, collection: Collection) -> dict[str, str]:
        return {"get": endpoint("collections", collection.pk)}


class CollectionRequestSerializer(serializers.Serializer[Any]):
    """A collection of one's own."""

    name = serializers.CharField(max_length=80, help_text="1 to 80 characters, kept in the contract for good")
    symbol = serializers.CharField(max_length=12, help_text="1 to 12 characters, kept in the contract for good")
    description = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    owner = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=200,
        help_text="who becomes its admin: one of your linked wallets (the first by default), or a Safe that one of "
        "them owns",
    )
    royalty_basis_points = serializers.IntegerField(
        required=False, default=500, min_value=0, max_value=1000, help_text="hundredths of a percent; at most 10 %"
    )
    royalty_shares = serializers.ListField(
        child=RoyaltyShareSerializer(),
        required=False,
        default=list,
        max_length=20,
        help_text="who shares the royalties; without any, all of them go to the owner",
    )
    chain_id = serializers.IntegerField(required=False, allow_null=True, help_text="the default chain by default")
    whole = serializers.BooleanField(
        required=False,
        help_text=f"a whole contract instead of a proxy (false by default): about {WHOLE_GAS:,} gas to make instead "
        f"of {PROXY_GAS:,}, and {SAVED_GAS:,} less for each token minted alone, which pays from about {PAYS_FROM:,} "
        "such tokens on; it counts against your budget like a mint. Refused with `whole_not_made` when the chain's "
        "factory is of an earlier release",
    )


class CollectionOfMintSerializer(serializers.Serializer[Any]):
    """The contract that a token is, or will be, in."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField(help_text="EIP-55")
    chain_id = serializers.IntegerField()
