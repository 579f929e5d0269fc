"""What a transaction offers per gas, within the chain's ceiling."""

from dataclasses import dataclass

from minting.models import TransactionAttempt
from minting.rpc import ChainClient, RpcError

GWEI = 10**9
BUMP_NUMERATOR, BUMP_DENOMINATOR = 9, 8
"""12.5 %: the strictest nodes replace a transaction only when both caps grow by at least 10 to 12.5 %"""


class FeeAboveCeiling(Exception):
    """The chain asks for more per gas than the setting allows."""


@dataclass(frozen=True, kw_only=True)
class Fees:
    """In wei per gas. On a chain without EIP-1559 both are the gas price, and `legacy` is true."""

    max_fee: int
    max_priority_fee: int
    legacy: bool


def current_fees(client: ChainClient) -> Fees:
    """What gets a transaction into one of the next blocks: room for the base fee to double, and the node's tip.

    Raises FeeAboveCeiling when not even the present base fee and tip fit under `max_fee_gwei`.
    """
    ceiling = client.config.max_fee_gwei * GWEI
    block = client.block("latest")
    base = block.get("baseFeePerGas") if block else None
    if base is None:
        price = int(client.call("eth_gasPrice"), 16)
        _refuse_above(price, ceiling)
        return Fees(max_fee=price, max_priority_fee=price, legacy=True)
    tip = _tip(client)
    _refuse_above(int(base, 16) + tip, ceiling)
    return Fees(max_fee=min(2 * int(base, 16) + tip, ceiling), max_priority_fee=tip, legacy=False)


def replacement_fees(client: ChainClient, last: TransactionAttempt) -> Fees:
    """Fees that replace `last` on any node: both caps at least 12.5 % above it, and at least what is asked now.

    Raises FeeAboveCeiling.
    """
    now = current_fees(client)
    max_fee = max(now.max_fee, _bumped(int(last.max_fee_per_gas)))
    tip = max(now.max_priority_fee, _bumped(int(last.max_priority_fee_per_gas)))
    _refuse_above(max_fee, client.config.max_fee_gwei * GWEI)
    return Fees(max_fee=max_fee, max_priority_fee=min(tip, max_fee), legacy=now.legacy)


def _bumped(value: int) -> int:
    return -(-value * BUMP_NUMERATOR // BUMP_DENOMINATOR)


def _tip(client: ChainClient) -> int:
    try:
        return max(int(client.call("eth_maxPriorityFeePerGas"), 16), 1)
    except RpcError:
        # Not every node of an EIP-1559 chain has the method.
        return GWEI


def _refuse_above(fee: int, ceiling: int) -> None:
    if fee > ceiling:
        raise FeeAboveCeiling(
            f"The chain asks for {fee / GWEI:.2f} gwei per gas, above the ceiling of {ceiling / GWEI:.2f} gwei "
            "(max_fee_gwei in CHAINS). It is tried again when fees fall; nothing was lost."
        )
