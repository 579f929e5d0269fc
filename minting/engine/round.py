"""What one signer's round on one chain works with; what it asked once, it does not ask again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from minting.engine.fees import Fees, current_fees
from minting.models import Chain, Mint
from minting.rpc import ChainClient
from minting.signers import Signer


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a mint waits."""

    code: str
    detail: str


@dataclass(kw_only=True)
class Round:
    """A signer's round. `reasons` are told when no other signer took the mints (engine.driving)."""

    client: ChainClient
    chain: Chain
    signer: Signer
    reasons: dict[UUID, Reason] = field(default_factory=dict)

    @cached_property
    def fees(self) -> Fees:
        """What to offer in this round. Raises FeeAboveCeiling, ChainUnavailable."""
        fees = current_fees(self.client)
        if self.chain.gas_price != fees.max_fee:
            self.chain.gas_price = fees.max_fee
            self.chain.save(update_fields=["gas_price"])
        return fees

    @cached_property
    def most_gas(self) -> int:
        """The most gas that one transaction may ask for on this chain."""
        block = self.client.block("latest")
        share = self.client.config.batch_gas_share
        # EIP-7825 caps a transaction at 2^24 gas, whatever the block holds.
        return min(int(int(block["gasLimit"], 16) * share) if block else 2**24, 2**24)

    def hold(self, mints: Iterable[Mint], reason: Reason) -> None:
        """These mints have to wait, as far as this signer goes."""
        self.reasons.update({mint.pk: reason for mint in mints})
