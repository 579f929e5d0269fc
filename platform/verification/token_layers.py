"""The layers that the chain decides, asked live: is there a token of this content, and who changed its metadata?"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from api.errors import Problem
from generation.models import StoredFile
from generation.storage import read_bytes
from minting.chain_reader import BurntToken, TokenState, token_on_chain
from minting.chains import chain_config
from minting.models import Collection, Mint
from minting.rpc import RpcError
from provenance.cids import digest_of_raw_cid
from provenance.digests import to_hex
from verification.reports import Layer, State, short

logger = logging.getLogger(__name__)
MOST_COLLECTIONS = 8
"""asked per check: a stranger's file must not cost more calls than this"""


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that the chain says exists, and the collection it is in."""

    collection: Collection
    token_id: int
    state: TokenState

    def as_json(self) -> dict[str, Any]:
        """The `token` of a Report."""
        return {
            "collection": {
                "id": str(self.collection.pk),
                "slug": self.collection.slug,
                "name": self.collection.name,
                "address": self.collection.address,
                "chain_id": self.collection.chain_id,
            },
            "token_id": str(self.token_id),
            "owner": self.state.owner,
            "token_uri": self.state.token_uri,
            "block_number": self.state.block_number,
            "confirmations": self.state.confirmations,
            "transaction_hash": None if self.state.transaction_hash is None else to_hex(self.state.transaction_hash),
        }


@dataclass(frozen=True, kw_only=True)
class Burnt:
    """A token that the chain says was burnt, and the collection it was in."""

    collection: Collection
    state: BurntToken

    @property
    def sentence(self) -> str:
        """`its token in First light was burnt in block 7`."""
        return f"its token in {self.collection.name} was burnt {self.state.when}"


@dataclass(frozen=True, kw_only=True)
class Search:
    """What asking the collections gave; `unanswered` are those whose chain could not be asked.

    `burnt` is set when no token was found, but one that is no more.
    """

    token: Token | None
    asked: tuple[Collection, ...]
    unanswered: tuple[Collection, ...]
    burnt: Burnt | None = None


def find_token(content_hash: bytes) -> Search:
    """Ask the collections, those with a mint of this content first, for the token with this id (law 3)."""
    token_id = int.from_bytes(content_hash)
    asked: list[Collection] = []
    unanswered: list[Collection] = []
    burnt: Burnt | None = None
    for collection in _collections(content_hash):
        if collection.chain_id in {each.chain_id for each in unanswered}:
            # A silent chain takes seconds to be given up on; it is given up on once.
            unanswered.append(collection)
            continue
        try:
            state = token_on_chain(collection=collection, token_id=token_id)
        except (Problem, RpcError) as error:
            logger.warning("%s could not be asked for a token: %s", collection.slug, type(error).__name__)
            unanswered.append(collection)
            continue
        asked.append(collection)
        if isinstance(state, BurntToken):
            burnt = burnt or Burnt(collection=collection, state=state)
        elif state is not None:
            token = Token(collection=collection, token_id=token_id, state=state)
            return Search(token=token, asked=tuple(asked), unanswered=tuple(unanswered))
    return Search(token=None, asked=tuple(asked), unanswered=tuple(unanswered), burnt=burnt)


def _collections(content_hash: bytes) -> Iterable[Collection]:
    mints = Mint.objects.filter(collection=OuterRef("pk"), work__content_hash=content_hash)
    ready = _ready().annotate(has_mint=Exists(mints))
    return ready.order_by("-has_mint", "-is_default", "created_at")[:MOST_COLLECTIONS]


def collections_to_ask() -> Iterable[Collection]:
    """The collections that are asked for a token which nobody here knows, the default one first."""
    return _ready().order_by("-is_default", "created_at")[:MOST_COLLECTIONS]


def _ready() -> QuerySet[Collection]:
    chains = [config.chain_id for config in settings.CHAINS]
    return Collection.objects.filter(status=Collection.Status.READY, chain__in=chains).select_related("deployment")


def chain_layer(search: Search, *, of_the_original: bool = False) -> Layer:
    """Does the chain know a token with this content's hash as its id, or with that of the work this is a copy of?"""
    facts: dict[str, Any] = {"collections_asked": [_named(each) for each in search.asked]}
    if search.token is not None:
        name, owner = search.token.collection.name, search.token.state.owner
        sentence = f"The chain has a token with this hash as its id in {name}; it belongs to {short(owner)}."
        if of_the_original:
            sentence = f"The work that it is a copy of is a token in {name}, which belongs to {short(owner)}."
        return Layer(
            name="chain",
            state="holds",
            code="token_found",
            sentence=sentence + _depth(search.token),
            facts={**facts, **search.token.as_json()},
        )
    if search.burnt is not None:
        return _burnt_layer(search, search.burnt, facts, of_the_original=of_the_original)
    if search.unanswered:
        return Layer(
            name="chain",
            state="cannot_be_told",
            code="chain_unavailable",
            sentence="The chain does not answer at the moment, so whether there is a token cannot be told. Try again "
            "in a minute.",
            facts={**facts, "collections_unanswered": [_named(each) for each in search.unanswered]},
        )
    return Layer(
        name="chain",
        state="does_not_hold",
        code="token_unknown",
        sentence="No collection of this platform has a token with this hash as its id.",
        facts=facts,
    )


def _burnt_layer(search: Search, burnt: Burnt, facts: dict[str, Any], *, of_the_original: bool) -> Layer:
    of = "of the work that it is a copy of" if of_the_original else "with this hash as its id"
    sentence = (
        f"There was a token {of} in {burnt.collection.name}, which was burnt {burnt.state.when}: nobody owns it, and "
        "none can be made of it there again."
    )
    if search.unanswered:
        sentence += " Another chain does not answer at the moment, so whether there is one elsewhere cannot be told."
    mined = burnt.state.transaction_hash
    return Layer(
        name="chain",
        state="does_not_hold",
        code="token_burnt",
        sentence=sentence,
        facts={
            **facts,
            "collection": _named(burnt.collection),
            "burnt_block": burnt.state.burnt_block,
            "transaction_hash": None if mined is None else to_hex(mined),
            "metadata_hash": to_hex(burnt.state.metadata_hash),
            "collections_unanswered": [_named(each) for each in search.unanswered],
        },
    )


def _depth(token: Token) -> str:
    """What has to be added while a token is so young that the chain could still forget it."""
    found, wanted = token.state.confirmations, chain_config(token.collection.chain_id).confirmations
    if found is None or found >= wanted:
        return ""
    return f" It is not final yet: {found} of {wanted} blocks lie on top of it."


def _named(collection: Collection) -> dict[str, Any]:
    return {"name": collection.name, "address": collection.address, "chain_id": collection.chain_id}


def metadata_layer(token: Token) -> Layer:
    """Do the bytes behind the token's metadata address hash to that address (law 4)?"""
    uri = token.state.token_uri
    facts: dict[str, Any] = {"token_uri": uri}
    try:
        digest = digest_of_raw_cid(uri.removeprefix("ipfs://"))
    except ValueError:
        return _metadata("does_not_hold", "metadata_address_is_no_hash", "The metadata's address is no hash.", facts)
    stored = StoredFile.objects.filter(sha256=digest).first()
    try:
        # Reading hashes the bytes again and refuses those of another hash.
        data = None if stored is None else read_bytes(stored)
    except Problem:
        data = None
    if data is None:
        sentence = "The metadata is not at hand here; any copy of it can be checked against its address."
        return _metadata("cannot_be_told", "metadata_not_at_hand", sentence, facts)
    if _content_hash_in(data) != to_hex(token.token_id.to_bytes(32)):
        sentence = "The metadata hashes to its address, but does not name this token's content hash."
        return _metadata("does_not_hold", "metadata_of_something_else", sentence, facts)
    return _metadata(
        "holds",
        "metadata_hashes_to_its_address",
        "The token's metadata hashes to the address that the chain holds, so nobody has changed it.",
        {**facts, "sha256": to_hex(digest), "size": len(data)},
    )


def _metadata(state: State, code: str, sentence: str, facts: dict[str, Any]) -> Layer:
    return Layer(name="metadata", state=state, code=code, sentence=sentence, facts=facts)


def _content_hash_in(data: bytes) -> object:
    """The content hash that the metadata names, None when there is none."""
    try:
        note = json.loads(data)["colophon"]
        return note["content_hash"]
    except (ValueError, RecursionError, KeyError, TypeError, IndexError):
        return None
