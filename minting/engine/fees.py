"""What a transaction offers per gas, within the chain's ceiling."""

import statistics
from dataclasses import dataclass
from typing import Any

from minting.models import TransactionAttempt
from minting.rpc import ChainClient, RpcError

GWEI = 10**9
BUMP_NUMERATOR, BUMP_DENOMINATOR = 9, 8
"""12.5 %: the strictest nodes replace a transaction only when both caps grow by at least 10 to 12.5 %"""
BLOCKS = 10
PERCENTILE = 50


class FeeAboveCeiling(Exception):
    """The chain asks for more per gas than the setting allows."""

    code = "fees_too_high"


@dataclass(frozen=True, kw_only=True)
class Fees:
    """In wei per gas. On a chain without EIP-1559 both are the gas price, and `legacy` is true."""

    max_fee: int
    max_priority_fee: int
    legacy: bool


def current_fees(client: ChainClient) -> Fees:
    """What gets a transaction into one of the next blocks: room for the base fee to double, and a usual tip.

    The tip is the median of what the last blocks' transactions paid. Raises FeeAboveCeiling when not even the next
    base fee and the tip fit under `max_fee_gwei`.
    """
    ceiling = _ceiling(client)
    block = client.block("latest")
    base = block.get("baseFeePerGas") if block else None
    if base is None:
        price = int(client.call("eth_gasPrice"), 16)
        _refuse_above(price, ceiling)
        return Fees(max_fee=price, max_priority_fee=price, legacy=True)
    history = _history(client)
    next_base = int(history["baseFeePerGas"][-1], 16) if history.get("baseFeePerGas") else int(base, 16)
    tip = _tip(client, history)
    _refuse_above(next_base + tip, ceiling)
    return Fees(max_fee=min(2 * next_base + tip, ceiling), max_priority_fee=tip, legacy=False)


def replacement_fees(client: ChainClient, last: TransactionAttempt) -> Fees:
    """Fees that replace `last` on any node: both caps at least 12.5 % above it, and at least what is asked now.

    Raises FeeAboveCeiling.
    """
    now = current_fees(client)
    max_fee = max(now.max_fee, _bumped(int(last.max_fee_per_gas)))
    tip = max(now.max_priority_fee, _bumped(int(last.max_priority_fee_per_gas)))
    _refuse_above(max(max_fee, tip), _ceiling(client))
    return Fees(max_fee=max(max_fee, tip), max_priority_fee=tip, legacy=now.legacy)


def _bumped(value: int) -> int:
    return -(-value * BUMP_NUMERATOR // BUMP_DENOMINATOR)


def _history(client: ChainClient) -> dict[str, Any]:
    try:
        found: dict[str, Any] | None = client.call("eth_feeHistory", hex(BLOCKS), "latest", [PERCENTILE])
    except RpcError:
        # Not every node of an EIP-1559 chain has the method.
        return {}
    return found or {}


def _tip(client: ChainClient, history: dict[str, Any]) -> int:
    """The median of the last blocks that were used at all; the node's own proposal when all were empty."""
    used = history.get("gasUsedRatio") or []
    rewards = history.get("reward") or []
    tips = [int(tip[0], 16) for tip, ratio in zip(rewards, used, strict=False) if tip and ratio > 0]
    if tips and any(tips):
        return max(int(statistics.median(tips)), 1)
    try:
        return max(int(client.call("eth_maxPriorityFeePerGas"), 16), 1)
    except RpcError:
        return GWEI


def _ceiling(client: ChainClient) -> int:
    return int(client.config.max_fee_gwei * GWEI)


def _refuse_above(fee: int, ceiling: int) -> None:
    if fee > ceiling:
        raise FeeAboveCeiling(
            f"Waiting for cheaper gas: it takes {fee / GWEI:.2f} gwei now, above the ceiling of {ceiling / GWEI:.2f} "
            "gwei (max_fee_gwei in CHAINS). It goes on by itself when fees fall; nothing was lost."
        )
