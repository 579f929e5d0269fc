"""Vouchers in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.links import endpoint, page
from minting import vouchers
from minting.models import Voucher
from minting.serializers.collections import CollectionOfMintSerializer
from minting.serializers.royalties import RoyaltyRequestSerializer, RoyaltySerializer, royalty_json
from provenance.digests import to_hex
from provenance.vouchers import typed_data


class VoucherRequestSerializer(serializers.Serializer[Any]):
    """Whom to allow to mint, and at what price."""

    work = serializers.UUIDField(help_text="the id of one of your works")
    to = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=200,
        help_text="who will own the token; your first linked wallet by default",
    )
    collection = serializers.CharField(
        required=False, allow_null=True, max_length=200, help_text="id or slug; the default collection by default"
    )
    price = serializers.RegexField(
        r"^[0-9]{1,29}$", required=False, default="0", help_text="wei, in decimal; who mints pays exactly this"
    )
    deadline = serializers.DateTimeField(
        required=False, allow_null=True, help_text="5 minutes to 365 days ahead; a week by default"
    )
    royalty = RoyaltyRequestSerializer(
        required=False, allow_null=True, help_text="the token's own; without it, the collection's"
    )


class VoucherTransactionSerializer(serializers.Serializer[Any]):
    """What a wallet sends, as `eth_sendTransaction` takes it but for the numbers, which are decimal."""

    chain_id = serializers.IntegerField()
    to = serializers.CharField(help_text="the collection's contract, EIP-55")
    # DRF's metaclass takes declared fields out of the class, so the attribute of this name stays.
    data = serializers.CharField(help_text="calldata of mintWithVoucher or mintWithRoyaltyVoucher, 0x hex")  # type: ignore[assignment]
    value = serializers.CharField(help_text="the price in wei, decimal")


class VoucherUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a voucher."""

    get = serializers.URLField(help_text="this voucher in the API")
    cancel = serializers.URLField(help_text="POST there to take it back")
    token = serializers.URLField(help_text="the token's page, once it is minted")


class VoucherSerializer(serializers.Serializer[Any]):
    """A signed permission to mint one work."""

    id = serializers.UUIDField()
    status = serializers.SerializerMethodField(
        help_text="open; used, expired; canceling (still usable until the chain has it), canceled"
    )
    work = serializers.UUIDField(source="work_id")
    collection = CollectionOfMintSerializer()
    to = serializers.CharField(help_text="who will own the token, EIP-55")
    price = serializers.SerializerMethodField(help_text="wei, decimal")
    deadline = serializers.DateTimeField()
    royalty = serializers.SerializerMethodField(help_text="null when the token will have the collection's")
    signer = serializers.CharField(help_text="the minter that signed, EIP-55")
    signature = serializers.SerializerMethodField(help_text="0x hex")
    typed_data = serializers.SerializerMethodField(help_text="what was signed (EIP-712), to check it yourself")
    transaction = serializers.SerializerMethodField()
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ChoiceField(choices=vouchers.STATES))
    def get_status(self, voucher: Voucher) -> str:
        return vouchers.state_of(voucher)

    def get_price(self, voucher: Voucher) -> str:
        return str(int(voucher.price))

    @extend_schema_field(RoyaltySerializer(allow_null=True))
    def get_royalty(self, voucher: Voucher) -> dict[str, Any] | None:
        return royalty_json(voucher)

    def get_signature(self, voucher: Voucher) -> str:
        return to_hex(bytes(voucher.signature))

    @extend_schema_field(serializers.DictField())
    def get_typed_data(self, voucher: Voucher) -> dict[str, Any]:
        place = voucher.collection
        return typed_data(vouchers.message_of(voucher), chain_id=place.chain_id, contract=place.address)

    @extend_schema_field(VoucherTransactionSerializer)
    def get_transaction(self, voucher: Voucher) -> dict[str, Any]:
        call = vouchers.call_of(voucher)
        return {"chain_id": call.chain_id, "to": call.to, "data": to_hex(call.data), "value": str(call.value)}

    @extend_schema_field(VoucherUrlsSerializer)
    def get_urls(self, voucher: Voucher) -> dict[str, str]:
        collection, token_id = voucher.collection, str(int.from_bytes(bytes(voucher.work.content_hash), "big"))
        return {
            "get": endpoint("vouchers", voucher.pk),
            "cancel": endpoint("vouchers", voucher.pk, "cancel"),
            "token": page("minting:token", collection.chain_id, collection.address, token_id),
        }
