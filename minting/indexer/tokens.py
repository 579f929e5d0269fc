"""Tokens from their events: written anew for each token that an event touched, forwards and after a reorg alike."""

from collections.abc import Iterable

from minting import contract_calls
from minting.indexer.models import Token, TokenEvent
from minting.models import Collection
from minting.rpc import ChainClient, RpcError
from provenance.digests import from_hex

NOBODY = "0x" + 40 * "0"

ORDER = ("block_number", "log_index")

Touched = tuple[Collection, bytes]
"""a token that an event spoke of: its collection and its id"""


def rebuild_tokens(client: ChainClient, touched: Iterable[Touched]) -> None:
    """Make each token's row say what its events say; a token without any is none. Raises ChainUnavailable."""
    for collection, token_id in touched:
        events = list(TokenEvent.objects.filter(collection=collection, token_id=token_id).order_by(*ORDER))
        transfers = [event for event in events if event.name == "Transfer"]
        if not transfers:
            Token.objects.filter(collection=collection, token_id=token_id).delete()
            continue
        _write(client, collection, token_id, transfers, events)


def _write(
    client: ChainClient,
    collection: Collection,
    token_id: bytes,
    transfers: list[TokenEvent],
    events: list[TokenEvent],
) -> None:
    born, last = transfers[0], transfers[-1]
    owner = last.arguments["to"]
    minted: dict[str, str] = next((event.arguments for event in events if event.name == "Minted"), {})
    known = Token.objects.filter(collection=collection, token_id=token_id).first()
    Token.objects.update_or_create(
        collection=collection,
        token_id=token_id,
        defaults={
            "owner": "" if owner == NOBODY else owner,
            "first_owner": born.arguments["to"],
            "minted_block": born.block_number,
            "minted_at": born.block_time,
            "mint_transaction": born.transaction_hash,
            "changed_block": last.block_number,
            "transfers": len(transfers) - 1,
            "pixel_hash": _digest(minted.get("pixelHash")),
            "recipe_hash": _digest(minted.get("recipeHash")),
            "attester": minted.get("attester", ""),
            # Law 4: it never changes, so it is asked for once; but a reorg may have put another mint there.
            "metadata_hash": known.metadata_hash
            if known and bytes(known.mint_transaction) == bytes(born.transaction_hash) and known.metadata_hash
            else _metadata_hash(client, collection, token_id),
        },
    )


def _digest(text: str | None) -> bytes | None:
    return from_hex(text) if text else None


def _metadata_hash(client: ChainClient, collection: Collection, token_id: bytes) -> bytes | None:
    """The contract's word; None for a token that is burnt by now."""
    call = contract_calls.call("metadataHashOf", int.from_bytes(token_id, "big"))
    try:
        answer = client.eth_call(to=collection.address, data=call)
    except RpcError as error:
        if not error.is_revert:
            raise
        return None
    return bytes(contract_calls.result("metadataHashOf", answer)) if answer else None
