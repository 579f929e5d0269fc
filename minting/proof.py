"""The proof on a token's page: short sentences, each with its own check.

Most checks run in the visitor's browser, which fetches the bytes and hashes them itself; those are sent as
`by="browser"` with the values to compare. What the server checked is shown as such (law 8).
"""

import logging
from dataclasses import dataclass, field, replace

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from minting.chain_reader import BurntToken, Royalty, TokenState, attester_interval, royalty_of, token_on_chain
from minting.chains import chain_config
from minting.errors import ChainUnavailable, WrongChain
from minting.models import Mint
from minting.rpc import RpcError
from provenance import attestations
from provenance.cids import raw_cid
from provenance.digests import to_hex

HOLDS, DOES_NOT_HOLD, CANNOT_BE_TOLD = "holds", "does_not_hold", "cannot_be_told"
SCHEME = "ipfs://"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One sentence of the proof. `check` names the browser's check, with its `inputs`; the server's have `state`."""

    sentence: str
    by: str
    state: str = CANNOT_BE_TOLD
    check: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChainAnswer:
    """What the chain said: `token` is None when it has no such token, or when it did not answer at all."""

    answered: bool
    token: TokenState | None
    burnt: BurntToken | None = None
    royalty: Royalty | None = None


def ask_chain(mint: Mint) -> ChainAnswer:
    """The token as the chain has it now."""
    token_id = int.from_bytes(bytes(mint.work.content_hash), "big")
    try:
        found = token_on_chain(collection=mint.collection, token_id=token_id)
        if isinstance(found, BurntToken):
            return ChainAnswer(answered=True, token=None, burnt=found)
        royalty = royalty_of(collection=mint.collection, token_id=token_id)
        return ChainAnswer(answered=True, token=found, royalty=royalty)
    except (ChainUnavailable, WrongChain, RpcError) as error:
        logger.warning("the token page could not ask the chain: %s", error)
        return ChainAnswer(answered=False, token=None)


def lines_of(mint: Mint, chain: ChainAnswer) -> list[Line]:
    """The proof of a token, from the chain inwards to the pixels."""
    work, message = mint.work, mint.work.attestation.get("message", {})
    file_url = reverse("generation:ipfs", args=[work.file.cid])
    return [
        _on_chain(mint, chain),
        Line(
            sentence="The token’s id is the SHA-256 of the picture’s file, so nobody can put another picture there.",
            by="browser",
            check="file",
            inputs={"url": file_url, "expected": to_hex(bytes(work.content_hash))},
            facts={"token id": to_hex(bytes(work.content_hash))},
        ),
        _metadata(mint, chain),
        Line(
            sentence="The pixels in that file are the ones the signature speaks of.",
            by="browser",
            check="pixels",
            inputs={"url": file_url, "expected": message.get("pixelHash", "")},
            facts={"signed pixel hash": message.get("pixelHash", "")},
        ),
        Line(
            sentence="The recipe shown with the work is the one the signature speaks of.",
            by="browser",
            check="file",
            inputs={
                "url": reverse("generation:ipfs", args=[work.recipe_file.cid]),
                "expected": message.get("recipeHash", ""),
            },
            facts={"signed recipe hash": message.get("recipeHash", "")},
        ),
        _signature(mint),
        *_attester(mint),
    ]


def _on_chain(mint: Mint, chain: ChainAnswer) -> Line:
    state = chain.token
    if not chain.answered:
        sentence = f"Whether the token is on {mint.collection.chain} cannot be told now: the chain did not answer."
        return Line(sentence=sentence, by="server", check="owner", inputs=_place(mint))
    if chain.burnt is not None:
        return _burnt(mint, chain.burnt)
    if state is None:
        sentence = f"{mint.collection.chain} has no such token, though our records say that it was minted."
        return Line(sentence=sentence, by="server", state=DOES_NOT_HOLD, check="owner", inputs=_place(mint))
    depth = "" if state.minted_block is None else f" since block {state.minted_block}"
    return Line(
        sentence=f"The token is on {mint.collection.chain}{depth}.",
        by="server",
        state=HOLDS,
        check="owner",
        inputs={**_place(mint), "uri": f"{SCHEME}{mint.metadata_file.cid}"},
        facts={"asked at block": str(state.block_number), "owner": state.owner, "token URI": state.token_uri},
    )


def _burnt(mint: Mint, burnt: BurntToken) -> Line:
    return Line(
        sentence=f"The token is no longer on {mint.collection.chain}: it was burnt {burnt.when}. This picture "
        "can never be minted in this contract again.",
        by="server",
        state=DOES_NOT_HOLD,
        check="owner",
        inputs=_place(mint),
        facts={"asked at block": str(burnt.block_number)}
        | ({"burnt by transaction": to_hex(burnt.transaction_hash)} if burnt.transaction_hash else {}),
    )


def _place(mint: Mint) -> dict[str, str]:
    """What a browser needs to ask a node of its own."""
    try:
        node = chain_config(mint.collection.chain_id).public_rpc_url
    except ImproperlyConfigured:
        node = ""
    return {
        "rpc": node,
        "chain": str(mint.collection.chain_id),
        "contract": mint.collection.address,
        "token": to_hex(bytes(mint.work.content_hash)),
    }


def _metadata(mint: Mint, chain: ChainAnswer) -> Line:
    told = raw_cid(chain.burnt.metadata_hash) if chain.burnt else ""
    if chain.token is not None:
        told = chain.token.token_uri.removeprefix(SCHEME)
    cid = told or mint.metadata_file.cid
    return Line(
        sentence="The contract names the token’s description by its own hash, so nobody can change it, us included.",
        by="browser",
        check="metadata",
        inputs={
            "url": reverse("generation:ipfs", args=[cid]),
            "cid": cid,
            "picture": mint.work.file.cid,
            "told-by-chain": "yes" if told else "",
        },
        facts={"address of the description": f"{SCHEME}{cid}"},
    )


def _signature(mint: Mint) -> Line:
    sentence = (
        "The platform’s key signed that these pixels came from this recipe. "
        "That says who vouches, not that a model ran."
    )
    try:
        attestation, signature, attester = attestations.from_document(mint.work.attestation)
        recovered = attestations.recover(attestation, signature)
    except ValueError as error:
        return Line(sentence=sentence, by="server", state=DOES_NOT_HOLD, facts={"reason": str(error)})
    message = mint.work.attestation["message"]
    return Line(
        sentence=sentence,
        by="server",
        state=HOLDS if recovered == attester else DOES_NOT_HOLD,
        check="signature",
        inputs={
            "pixel": message["pixelHash"],
            "recipe": message["recipeHash"],
            "model": message["modelHash"],
            "creator": message["creator"],
            "created": message["createdAt"],
            "signature": to_hex(signature),
            "attester": attester,
        },
        facts={"key that is named": attester, "key that signed": recovered, "signature": to_hex(signature)},
    )


def _attester(mint: Mint) -> list[Line]:
    """Whether the contract trusts the key that is named, for the time that is signed; nothing without a statement."""
    try:
        attestation, _, attester = attestations.from_document(mint.work.attestation)
    except ValueError:
        return []
    created = str(attestation.created_at)
    line = Line(
        sentence="The contract trusts that key for the time of the signature.",
        by="server",
        check="attester",
        inputs={**_place(mint), "attester": attester, "created": created},
        facts={"key": attester, "signed at": attestations.signed_at(attestation).isoformat()},
    )
    try:
        interval = attester_interval(collection=mint.collection, attester=attester)
    except (ChainUnavailable, WrongChain, RpcError) as error:
        logger.warning("the token page could not ask for the attester: %s", error)
        return [line]
    holds = interval is not None and interval.covers(attestation.created_at)
    facts = (
        {} if interval is None else {"valid from": str(interval.valid_from), "valid until": str(interval.valid_until)}
    )
    return [replace(line, state=HOLDS if holds else DOES_NOT_HOLD, facts={**line.facts, **facts})]
