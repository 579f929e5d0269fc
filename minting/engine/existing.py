"""A token of this content exists already: is it ours, made by a transaction that the database lost sight of?"""

from typing import Any

from django.db import transaction as database
from eth_utils.address import to_checksum_address

from minting.chain_reader import MintLog, mint_log, royalty_of, token_state
from minting.engine.outcomes import fail_mint, note_mined
from minting.live import change_mints
from minting.models import Mint, Transaction, TransactionAttempt
from minting.rpc import ChainClient, RpcError
from minting.signers import signers_for
from provenance.cids import raw_cid
from provenance.digests import to_hex


def adopt_or_fail(client: ChainClient, mint: Mint) -> None:
    """Link the mint to the transaction that made its token; fail it when the token is not what was asked for."""
    token_id = int.from_bytes(bytes(mint.work.content_hash), "big")
    state = token_state(collection=mint.collection, token_id=token_id)
    log = mint_log(client=client, collection=mint.collection, token_id=token_id)
    if state is None:
        # It was there a moment ago; a later round sees the same chain again.
        return
    sent = _ours(client, mint, state.token_uri, log)
    if sent is None or log is None:
        made = f", made by transaction {to_hex(log.transaction_hash)}" if log else ""
        fail_mint(
            mint,
            code="already_minted_on_chain",
            detail=f"This picture already has a token in this contract, owned by {state.owner}{made}. "
            "It was not made by this request, so nothing was sent.",
        )
        return
    _adopt(client, mint, sent)


def _ours(client: ChainClient, mint: Mint, token_uri: str, log: MintLog | None) -> dict[str, Any] | None:
    """The transaction that made the token, when one of our signers sent it, with all that this mint asks for."""
    if log is None or token_uri != "ipfs://" + raw_cid(bytes(mint.metadata_file.sha256)) or log.to != mint.to:
        return None
    if not _has_the_royalty(mint):
        return None
    sent: dict[str, Any] | None = client.call("eth_getTransactionByHash", to_hex(log.transaction_hash))
    ours = {signer.address.lower() for signer in signers_for(client.config.chain_id)}
    return sent if sent is not None and sent["from"].lower() in ours else None


def _has_the_royalty(mint: Mint) -> bool:
    wanted = mint.own_royalty()
    if wanted is None:
        return True
    found = royalty_of(collection=mint.collection, token_id=int.from_bytes(bytes(mint.work.content_hash), "big"))
    return found is not None and found.terms() == wanted


@database.atomic
def _adopt(client: ChainClient, mint: Mint, sent: dict[str, Any]) -> None:
    receipt = client.receipt(bytes.fromhex(sent["hash"][2:]))
    if receipt is None:
        return
    carrier, made = Transaction.objects.get_or_create(
        chain_id=mint.collection.chain_id,
        signer=str(to_checksum_address(sent["from"])),
        nonce=int(sent["nonce"], 16),
        defaults={
            "kind": Transaction.Kind.MINT,
            "to": mint.collection.address,
            "data": bytes.fromhex(sent["input"][2:]),
            "gas_limit": int(sent["gas"], 16),
            "status": Transaction.Status.SENT,
        },
    )
    if made:
        _keep_bytes(client, carrier, sent)
    change_mints(Mint.objects.filter(id=mint.id), transaction=carrier)
    note_mined(carrier, receipt)


def _keep_bytes(client: ChainClient, carrier: Transaction, sent: dict[str, Any]) -> None:
    """The signed bytes, so that a reorg can be healed; not every node gives them out."""
    try:
        raw = client.call("eth_getRawTransactionByHash", sent["hash"])
    except RpcError:
        return
    if raw:
        price = sent.get("gasPrice") or "0x0"
        TransactionAttempt.objects.create(
            transaction=carrier,
            raw=bytes.fromhex(raw[2:]),
            hash=bytes.fromhex(sent["hash"][2:]),
            max_fee_per_gas=int(sent.get("maxFeePerGas") or price, 16),
            max_priority_fee_per_gas=int(sent.get("maxPriorityFeePerGas") or price, 16),
        )
