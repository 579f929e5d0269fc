"""Shapes of collections and mints in JSON: the same in answers and in live events."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import HashField
from api.links import endpoint, page
from minting import vouchers
from minting.batches import MOST
from minting.heads import confirmations
from minting.models import Collection, Mint, Transaction, Voucher
from minting.models.royalties import OwnRoyalty
from minting.shares import MOST_BASIS_POINTS, MOST_SHARES
from provenance.vouchers import typed_data


class CollectionUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a collection."""

    get = serializers.URLField(help_text="this collection in the API")


class RoyaltyShareSerializer(serializers.Serializer[Any]):
    """Who gets how many parts of the royalties."""

    address = serializers.CharField(max_length=200)
    parts = serializers.IntegerField(min_value=1, max_value=2**32 - 1, help_text="of the sum of all parts")


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
    royalty_basis_points = serializers.IntegerField(help_text="hundredths of a percent, as it was made")
    royalty_shares = RoyaltyShareSerializer(many=True, help_text="empty when one address gets all")
    urls = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

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


class CollectionOfMintSerializer(serializers.Serializer[Any]):
    """The contract that a token is, or will be, in."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField(help_text="EIP-55")
    chain_id = serializers.IntegerField()


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
            return _hex(transaction.hash)
        attempts = self.get_attempts(transaction)
        return attempts[-1] if attempts else None

    @extend_schema_field(serializers.ListField(child=HashField()))
    def get_attempts(self, transaction: Transaction) -> list[str]:
        return [_hex(attempt.hash) for attempt in transaction.attempts.all()]


def _hex(digest: bytes | memoryview) -> str:
    return "0x" + bytes(digest).hex()


class RoyaltySerializer(serializers.Serializer[Any]):
    """A royalty of one token's own."""

    basis_points = serializers.IntegerField(help_text="hundredths of a percent")
    receiver = serializers.CharField(help_text="EIP-55; of several payees, the splitter that pays them")
    shares = RoyaltyShareSerializer(many=True, help_text="the splitter's payees; empty when one address gets all")


def _royalty(wish: OwnRoyalty) -> dict[str, Any] | None:
    own = wish.own_royalty()
    if own is None:
        return None
    return {"basis_points": own[1], "receiver": own[0], "shares": wish.royalty_shares}


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
        return _royalty(mint)

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
        return _royalty(voucher)

    def get_signature(self, voucher: Voucher) -> str:
        return _hex(voucher.signature)

    @extend_schema_field(serializers.DictField())
    def get_typed_data(self, voucher: Voucher) -> dict[str, Any]:
        place = voucher.collection
        return typed_data(vouchers.message_of(voucher), chain_id=place.chain_id, contract=place.address)

    @extend_schema_field(VoucherTransactionSerializer)
    def get_transaction(self, voucher: Voucher) -> dict[str, Any]:
        call = vouchers.call_of(voucher)
        return {"chain_id": call.chain_id, "to": call.to, "data": _hex(call.data), "value": str(call.value)}

    @extend_schema_field(VoucherUrlsSerializer)
    def get_urls(self, voucher: Voucher) -> dict[str, str]:
        collection, token_id = voucher.collection, str(int.from_bytes(bytes(voucher.work.content_hash), "big"))
        return {
            "get": endpoint("vouchers", voucher.pk),
            "cancel": endpoint("vouchers", voucher.pk, "cancel"),
            "token": page("minting:token", collection.chain_id, collection.address, token_id),
        }
