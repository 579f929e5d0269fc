"""Would this mint succeed? The very call is run on the chain before a nonce is spent on it and anything is signed.

Only a revert says that it would not, and only one that every RPC address reports of the newest block ends a mint:
what is pending may never be mined, and a replica may lag. Any other error proves nothing; the mint waits.
"""

from dataclasses import dataclass

from minting import contract_calls
from minting.node_errors import Verdict, classify
from minting.rpc import Call, ChainClient, RpcError

GAS_MARGIN = 1.25
"""what else is mined in between may change the cost (an owner's first token costs 17,100 more)"""

REFUSALS: dict[str, tuple[str, str]] = {
    "NotAttested": (
        "not_attested",
        "The contract does not (or no longer) trust the attester who signed for this picture. Nothing was sent.",
    ),
    "ERC721InvalidReceiver": ("bad_address", "The contract refuses this address as an owner. Nothing was sent."),
}
"""errors of the contract that no waiting mends"""


@dataclass(frozen=True, kw_only=True)
class Fits:
    """It would succeed, using at most this much gas."""

    gas_limit: int


@dataclass(frozen=True, kw_only=True)
class Exists:
    """A token of the same content is there already."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """It would not succeed. `forever`: waiting does not mend it."""

    code: str
    detail: str
    forever: bool
    concerns_all: bool = False
    """of a batch: no part of it would fare better"""


Answer = Fits | Exists | Refused


def ask(client: ChainClient, call: Call) -> Answer:
    """Run the call without a transaction. Raises ChainUnavailable."""
    try:
        client.try_out(call)
    except RpcError as error:
        return _meaning(error, call)
    try:
        return Fits(gas_limit=int(client.estimate_gas(call) * GAS_MARGIN))
    except RpcError as error:
        # The chain carried it out just now, so whatever this is, it is no refusal.
        return _not_tried(error)


def confirmed(client: ChainClient, call: Call, answer: Answer) -> Answer:
    """The same answer; but where it would end the mint, only what all say of the newest block.

    Raises ChainUnavailable.
    """
    if not isinstance(answer, Refused) or not answer.forever:
        return answer
    error = client.refusal(call)
    if error is None:
        detail = f"Not every node of the chain refuses this mint, so it is tried again by itself. {answer.detail}"
        return Refused(code="chain_disagrees", detail=detail, forever=False)
    return _meaning(error, call)


def unreadable(error: Exception) -> Refused:
    """A work whose attestation is no attestation."""
    return Refused(code="not_attested", detail=f"The work's attestation cannot be read: {error}.", forever=True)


def _meaning(error: RpcError, call: Call) -> Exists | Refused:
    contract_error = contract_calls.decode_error(error.data)
    if contract_error is None:
        return _refused_without_reason(error) if error.is_revert else _not_tried(error)
    if contract_error.name == "ContentAlreadyMinted":
        return Exists()
    if contract_error.name in REFUSALS:
        code, detail = REFUSALS[contract_error.name]
        return Refused(code=code, detail=detail, forever=True)
    if contract_error.name == "AccessControlUnauthorizedAccount":
        detail = (
            f"The platform's signer {call.sender} is not MINTER in this collection, so the mint waits. The "
            "collection's admin can grant the role."
        )
        return Refused(code="signer_not_minter", detail=detail, forever=False, concerns_all=True)
    detail = f"The contract refuses: {contract_error}. Nothing was sent."
    return Refused(code="mint_would_revert", detail=detail, forever=True)


def _refused_without_reason(error: RpcError) -> Refused:
    """Some providers leave the revert data out: without it, it may be a refusal that waiting mends."""
    known = f" (revert data {error.data[:74]})" if error.data and len(error.data) >= 10 else ""
    detail = f"The contract refuses this mint for a reason that cannot be read{known}. It is tried again by itself."
    return Refused(code="mint_would_revert", detail=detail, forever=False)


def _not_tried(error: RpcError) -> Refused:
    if classify(error) is Verdict.NO_FUNDS:
        return Refused(code="signer_without_funds", detail=error.message, forever=False, concerns_all=True)
    detail = f"The chain's node cannot try this mint: {error.message}. It is tried again by itself."
    return Refused(code="chain_refused", detail=detail, forever=False)
