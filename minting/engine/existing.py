"""A token of this content exists already: is it ours, made by a transaction that the database lost sight of?

Only a transaction that was seen says whose the token is. A log that no node finds, or a transaction that none knows
(yet), proves nothing: the mint waits, and is asked about again.
"""

from typing import Any

from django.db import transaction as database

from minting.chain_reader import BurntToken, MintLog, TokenState, mint_log, royalty_of, token_on_chain
from minting.engine.outcomes import fail_mint, note_mined, note_waiting
from minting.engine.recalling import is_ours, recall
from minting.indexer.models import Token
from minting.live import change_mints
from minting.models import Mint, Transaction
from minting.rpc import ChainClient
from provenance.cids import raw_cid
from provenance.digests import to_hex

PENDING = (
    "A transaction that is not mined yet makes a token of this very picture, so nothing is sent. What becomes of it "
    "is looked at again by itself."
)
STAYS_TAKEN = "A content that was burnt stays taken, so it cannot be minted in this contract again. Nothing was sent."
UNKNOWN_ORIGIN = (
    "This picture already has a token in this contract, with this metadata. Which transaction made it cannot be told "
    "yet, so nothing is sent, and it is looked for again by itself."
)


def adopt_or_fail(client: ChainClient, mint: Mint) -> None:
    """Link the mint to what made its token; fail it when the token is burnt, or is not what was asked for.

    While it cannot be told which transaction made it, the mint waits with that reason. Raises ChainUnavailable.
    """
    token_id = int.from_bytes(bytes(mint.work.content_hash), "big")
    state = token_on_chain(collection=mint.collection, token_id=token_id)
    if isinstance(state, BurntToken):
        fail_mint(mint, code="token_burnt", detail=f"This picture’s token here was burnt {state.when}. {STAYS_TAKEN}")
        return
    if state is None:
        note_waiting([mint], code="token_pending", detail=PENDING)
        return
    log = mint_log(client=client, collection=mint.collection, token_id=token_id) or _indexed(mint)
    uri_fits = state.token_uri == "ipfs://" + raw_cid(bytes(mint.metadata_file.sha256))
    royalty_fits = _royalty_fits(mint)
    if not uri_fits or royalty_fits is False or (log and log.to != mint.to):
        _fail(mint, state, log)
        return
    known = log if royalty_fits else None
    sent = client.call("eth_getTransactionByHash", to_hex(known.transaction_hash)) if known else None
    if sent is None:
        note_waiting([mint], code="token_of_unknown_origin", detail=UNKNOWN_ORIGIN)
    elif is_ours(client, sent):
        _adopt(client, mint, sent)
    else:
        _fail(mint, state, log)


def _indexed(mint: Mint) -> MintLog | None:
    """What the index read of the token: it asks for short ranges, which public nodes answer for old blocks too."""
    token = Token.objects.filter(collection=mint.collection_id, token_id=mint.work.content_hash).first()
    if token is None:
        return None
    return MintLog(
        to=token.first_owner,
        block_number=token.minted_block,
        transaction_hash=bytes(token.mint_transaction),
    )


def _fail(mint: Mint, state: TokenState, log: MintLog | None) -> None:
    made = f", made by transaction {to_hex(log.transaction_hash)}" if log else ""
    fail_mint(
        mint,
        code="already_minted_on_chain",
        detail=f"This picture already has a token in this contract, owned by {state.owner}{made}. "
        "It was not made by this request, so nothing was sent.",
    )


def _royalty_fits(mint: Mint) -> bool | None:
    """Whether the token pays what the mint asks for; None when the contract does not answer."""
    wanted = mint.own_royalty()
    if wanted is None:
        return True
    found = royalty_of(collection=mint.collection, token_id=int.from_bytes(bytes(mint.work.content_hash), "big"))
    return None if found is None else found.terms() == wanted


@database.atomic
def _adopt(client: ChainClient, mint: Mint, sent: dict[str, Any]) -> None:
    receipt = client.receipt(bytes.fromhex(sent["hash"][2:]))
    if receipt is None:
        return
    carrier = recall(client, mint.collection.chain, sent, kind=Transaction.Kind.MINT)
    change_mints(Mint.objects.filter(id=mint.id), transaction=carrier)
    note_mined(carrier, receipt)
