"""Tokens that no transaction of ours made: minted by their creators' own wallets, or known to the chain alone.

Such a token becomes a Mint like any other, so that pages, API and verification need no second way; what tells it
apart is that it has no Transaction of ours.
"""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from generation.models import StoredFile, Work
from minting.indexer.models import Token, TokenEvent
from minting.indexer.tokens import Touched
from minting.live import change_mints
from minting.models import Chain, Collection, Mint, Splitter, Transaction
from minting.querysets import live_mint
from minting.telling import tell_unmined


def adopt_tokens(touched: Iterable[Touched]) -> None:
    """Give each of these tokens its Mint; end the Mints of those that a reorg took away. Call it in a transaction."""
    for collection, token_id in touched:
        work = Work.objects.filter(content_hash=token_id).first()
        if work is None:
            continue
        token = Token.objects.filter(collection=collection, token_id=token_id).first()
        if token is None:
            _end(collection, work)
        elif live_mint(work=work, collection=collection) is None and not _left_to_the_engine(token, work):
            _adopt(token, work)


def _left_to_the_engine(token: Token, work: Work) -> bool:
    """Whether a transaction of ours made it that made none, by our books: a reorg had it mined anew.

    Then the engine has to look at that transaction again, even when it was final, and brings back its mint.
    """
    ours = Transaction.objects.filter(attempts__hash=token.mint_transaction)
    of_this = ours.filter(mints__work=work, mints__collection=token.collection_id)
    pks = list(of_this.exclude(succeeded=True, hash=token.mint_transaction).values_list("pk", flat=True))
    final = Transaction.objects.filter(pk__in=pks, status=Transaction.Status.FINAL)
    final.update(status=Transaction.Status.MINED)
    return bool(pks)


def settle_adopted(chain: Chain, *, final: int) -> None:
    """Adopted mints up to this block are final."""
    for mint in _adopted().filter(collection__chain=chain, status=Mint.Status.MINED).select_related("work"):
        token = Token.objects.filter(collection=mint.collection_id, token_id=mint.work.content_hash).first()
        if token is not None and token.minted_block <= final:
            change_mints(Mint.objects.filter(id=mint.id), status=Mint.Status.FINAL, final_at=timezone.now())


def _adopt(token: Token, work: Work) -> None:
    metadata = StoredFile.objects.filter(sha256=token.metadata_hash).first() if token.metadata_hash else None
    if metadata is None:
        # Somebody with the minter's role named a description that this platform never wrote: not ours to vouch for.
        return
    try:
        with transaction.atomic():
            mint = Mint.objects.create(
                work=work,
                collection=token.collection,
                person_id=work.person_id,
                to=token.first_owner,
                metadata_file=metadata,
                submitted_at=token.minted_at,
                **_royalty_of(token),
            )
    except IntegrityError:
        # Somebody asked for it at this very moment; the engine finds the token when it tries.
        return
    change_mints(Mint.objects.filter(id=mint.id), status=Mint.Status.MINED, mined_at=token.minted_at)


def _royalty_of(token: Token) -> dict[str, Any]:
    """The royalty of its own that the token was made with, as the mint's transaction says."""
    events = TokenEvent.objects.filter(collection=token.collection, token_id=token.token_id, name="TokenRoyaltySet")
    made = events.filter(transaction_hash=token.mint_transaction).first()
    if made is None:
        return {}
    receiver = made.arguments["receiver"]
    splitter = Splitter.objects.filter(chain=token.collection.chain_id, address=receiver).first()
    return {
        "royalty_receiver": receiver,
        "royalty_basis_points": int(made.arguments["basisPoints"]),
        "royalty_shares": splitter.shares if splitter else [],
    }


def _end(collection: Collection, work: Work) -> None:
    gone = list(
        _adopted().filter(collection=collection, work=work, status__in=[Mint.Status.MINED, Mint.Status.FINAL])
    )
    change_mints(
        Mint.objects.filter(pk__in=[mint.pk for mint in gone]),
        status=Mint.Status.FAILED,
        error_code="taken_back_by_the_chain",
        error_detail="The block with this token is no longer part of the chain. If the wallet’s transaction is mined "
        "again, the token shows up by itself; it can also be minted anew.",
    )
    tell_unmined(gone)


def _adopted() -> QuerySet[Mint]:
    return Mint.objects.filter(transaction=None)
