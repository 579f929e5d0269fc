"""Would this mint succeed? Asked of the chain before a nonce is spent on it."""

from dataclasses import dataclass

from minting import contract_calls
from minting.node_errors import Verdict, classify
from minting.rpc import ChainClient, RpcError
from minting.signers import Signer

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


def ask(client: ChainClient, signer: Signer, *, to: str, data: bytes) -> Fits | Exists | Refused:
    """Run the call without a transaction. Raises ChainUnavailable."""
    try:
        gas = client.estimate_gas(to=to, data=data, sender=signer.address)
    except RpcError as error:
        return _meaning(error, signer)
    return Fits(gas_limit=int(gas * GAS_MARGIN))


def unreadable(error: Exception) -> Refused:
    """A work whose attestation is no attestation."""
    return Refused(code="not_attested", detail=f"The work's attestation cannot be read: {error}.", forever=True)


def _meaning(error: RpcError, signer: Signer) -> Exists | Refused:
    contract_error = contract_calls.decode_error(error.data)
    if contract_error is None:
        if classify(error) is Verdict.NO_FUNDS:
            return Refused(code="signer_without_funds", detail=error.message, forever=False, concerns_all=True)
        detail = f"The chain's node refuses to try this mint: {error.message}. It is tried again by itself."
        return Refused(code="chain_refused", detail=detail, forever=False)
    if contract_error.name == "ContentAlreadyMinted":
        return Exists()
    if contract_error.name in REFUSALS:
        code, detail = REFUSALS[contract_error.name]
        return Refused(code=code, detail=detail, forever=True)
    if contract_error.name == "AccessControlUnauthorizedAccount":
        detail = (
            f"The platform's signer {signer.address} is not MINTER in this collection, so the mint waits. The "
            "collection's admin can grant the role."
        )
        return Refused(code="signer_not_minter", detail=detail, forever=False, concerns_all=True)
    return Refused(code="mint_would_revert", detail=f"The contract refuses: {contract_error}.", forever=True)
