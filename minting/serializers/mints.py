"""Mints in JSON, alone and many at once: the same in answers and in live events."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import HashField
from api.links import endpoint, page
from minting.batches import MOST
from minting.heads import confirmations
from minting.models import Mint, Transaction
from minting.serializers.collections import CollectionOfMintSerializer
from minting.serializers.royalties import RoyaltyRequestSerializer, RoyaltySerializer, royalty_json
from provenance.digests import to_hex


class TransactionSerializer(serializers.Serializer[Any]):
    """The transaction that carries a mint."""

    hash = serializers.SerializerMethodField(help_text="of the attempt that was mined, else of the latest; or null")
    nonce = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Transaction.Status.choices)
    block_number = serializers.IntegerField(allow_null=True)
    attempts = serializers.SerializerMethodField(help_text="the hash of every raw transaction signed for this nonce")

    @extend_schema_field(HashField(allow_null=True))
    def get_hash(self, transaction: Transaction) -> str | None:
        if transaction.hash is not None:
            return to_hex(bytes(transaction.hash))
        attempts = self.get_attempts(transaction)
        return attempts[-1] if attempts else None

    @extend_schema_field(serializers.ListField(child=HashField()))
    def get_attempts(self, transaction: Transaction) -> list[str]:
        return [to_hex(bytes(attempt.hash)) for attempt in transaction.attempts.all()]


class MintErrorSerializer(serializers.Serializer[Any]):
    """Why a mint failed, or what it waits for."""

    code = serializers.CharField()
    detail = serializers.CharField()


class MintUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a mint."""

    get = serializers.URLField(help_text="this mint in the API")
    events = serializers.URLField(help_text="its live state, as server-sent events")
    web = serializers.URLField(help_text="its page")
    token = serializers.URLField(help_text="the token's page, with its proof")
    metadata = serializers.URLField(help_text="the exact bytes that `metadata_hash` is of")


class MintSerializer(serializers.Serializer[Any]):
    """The wish to have a work as a token, and what became of it."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(
        choices=Mint.Status.choices, help_text="requested → submitted → mined → final, or failed"
    )
    work = serializers.UUIDField(source="work_id")
    collection = CollectionOfMintSerializer()
    to = serializers.CharField(help_text="the owner's address, EIP-55")
    token_id = serializers.SerializerMethodField(help_text="a decimal number: the work's content hash")
    token_uri = serializers.SerializerMethodField(help_text="what the contract's tokenURI gives, `ipfs://<cid>`")
    metadata_hash = HashField(source="metadata_file.sha256", help_text="sha256 of the token's metadata")
    royalty = serializers.SerializerMethodField(help_text="null when it has the collection's")
    transaction = TransactionSerializer(allow_null=True, help_text="null until a nonce is assigned")
    confirmations = serializers.SerializerMethodField(
        help_text="blocks on top of its own, counted up to the depth at which it is final; null before it is mined"
    )
    burnt_block = serializers.IntegerField(
        allow_null=True, help_text="the block in which the token was burnt, for good; null while it is not"
    )
    error = serializers.SerializerMethodField(help_text="null when nothing is wrong")
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    mined_at = serializers.DateTimeField(allow_null=True)
    safe_at = serializers.DateTimeField(
        allow_null=True, help_text="when it was so deep that only a rare reorg could take it away; before `final_at`"
    )
    final_at = serializers.DateTimeField(allow_null=True)

    def get_token_id(self, mint: Mint) -> str:
        return str(int.from_bytes(mint.work.content_hash, "big"))

    def get_token_uri(self, mint: Mint) -> str:
        return f"ipfs://{mint.metadata_file.cid}"

    @extend_schema_field(RoyaltySerializer(allow_null=True))
    def get_royalty(self, mint: Mint) -> dict[str, Any] | None:
        return royalty_json(mint)

    def get_confirmations(self, mint: Mint) -> int | None:
        return confirmations(mint)

    @extend_schema_field(MintErrorSerializer(allow_null=True))
    def get_error(self, mint: Mint) -> dict[str, str] | None:
        return {"code": mint.error_code, "detail": mint.error_detail} if mint.error_code else None

    @extend_schema_field(MintUrlsSerializer)
    def get_urls(self, mint: Mint) -> dict[str, str]:
        collection, token_id = mint.collection, self.get_token_id(mint)
        return {
            "get": endpoint("mints", mint.pk),
            "events": endpoint("mints", mint.pk, "events"),
            "web": page("minting:mint", mint.pk),
            "token": page("minting:token", collection.chain_id, collection.address, token_id),
            "metadata": page("generation:ipfs", mint.metadata_file.cid),
        }


class MintRequestSerializer(serializers.Serializer[Any]):
    """The wish for a token."""

    work = serializers.UUIDField(help_text="the id of one of your works")
    to = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=200,
        help_text="who will own it; your first linked wallet by default",
    )
    collection = serializers.CharField(
        required=False, allow_null=True, max_length=200, help_text="id or slug; the default collection by default"
    )
    royalty = RoyaltyRequestSerializer(
        required=False, allow_null=True, help_text="the token's own; without it, the collection's"
    )


class MintBatchRequestSerializer(serializers.Serializer[Any]):
    """Up to 100 tokens at once."""

    mints = serializers.ListField(
        child=MintRequestSerializer(), min_length=1, max_length=MOST, help_text="all are requested, or none"
    )


class MintBatchSerializer(serializers.Serializer[Any]):
    """Mints that were asked for together."""

    id = serializers.UUIDField()
    mints = MintSerializer(many=True, help_text="in the order of the request")
    created_at = serializers.DateTimeField()
