"""The typed form of the `CHAINS` setting."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

KNOWN: dict[int, dict[str, Any]] = {
    1: {"name": "Ethereum", "finality": "tag", "explorer_url": "https://etherscan.io"},
    10: {"name": "OP Mainnet", "finality": "tag", "explorer_url": "https://optimistic.etherscan.io"},
    137: {"name": "Polygon", "currency": "POL", "finality": "tag", "explorer_url": "https://polygonscan.com"},
    8453: {"name": "Base", "finality": "tag", "explorer_url": "https://basescan.org"},
    42161: {"name": "Arbitrum One", "finality": "tag", "explorer_url": "https://arbiscan.io"},
    84532: {"name": "Base Sepolia", "finality": "tag", "explorer_url": "https://sepolia.basescan.org"},
    11155111: {"name": "Sepolia", "finality": "tag", "explorer_url": "https://sepolia.etherscan.io"},
}
"""what need not be said about well-known chains: an id and RPC addresses are enough"""
FINALITIES = ("depth", "tag")


@dataclass(frozen=True, kw_only=True)
class ChainConfig:
    """One chain that tokens can be minted on."""

    chain_id: int
    name: str
    rpc_urls: tuple[str, ...]
    currency: str = "ETH"
    finality: str = "depth"
    """what makes a transaction safe and final: `depth`, or the chain's own `safe` and `finalized` blocks (`tag`)"""
    confirmations: int = 12
    """blocks on top of a transaction's own, after which it counts as final (with `depth`)"""
    safe_confirmations: int | None = None
    """the same for safe; half of `confirmations` when None"""
    quorum: int = 1
    """RPC addresses that must answer before anything is believed absent or final, besides being a majority"""
    explorer_url: str = ""
    max_fee_gwei: float = 500
    """the most a transaction may offer per gas, in gwei; above it mints wait for cheaper gas"""
    public_rpc_url: str = ""
    """an RPC address that visitors' browsers may use for their own checks"""
    resend_seconds: float = 10
    """a transaction without a receipt is sent again, the same bytes, after this long"""
    stuck_seconds: float = 60
    """a transaction without a receipt offers a higher fee after this long"""
    max_in_flight: int = 32
    """transactions of one signer that may wait for a receipt at a time; nodes keep 64 per account"""
    max_batch: int = 50
    """mints of one collection that may share a transaction; 1 sends each alone"""
    batch_gas_share: float = 0.25
    """the part of a block's gas limit that one transaction may ask for"""
    gather_seconds: float = 0
    """how long a mint may wait for others to share its transaction with"""
    refill_below: float = 0.05
    """in the chain's currency: a signer with less should be sent some, and operators are told"""

    def depth_of_safe(self) -> int:
        """Blocks on top of a transaction's own, after which it counts as safe."""
        return (self.confirmations + 1) // 2 if self.safe_confirmations is None else self.safe_confirmations


def parse_chains(text: str) -> tuple[ChainConfig, ...]:
    """`CHAINS` is a JSON list of objects with the fields of `ChainConfig`; the first is the default chain.

    Raises ImproperlyConfigured with the offending entry when it is not.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(text)
        return tuple(_parsed(entry) for entry in entries)
    except (ValueError, TypeError, KeyError) as error:
        raise ImproperlyConfigured(f"CHAINS is not a JSON list of chains: {error}") from error


def _parsed(entry: dict[str, Any]) -> ChainConfig:
    known = KNOWN.get(entry["chain_id"], {})
    config = ChainConfig(**{**known, **entry, "rpc_urls": tuple(entry["rpc_urls"])})
    if config.finality not in FINALITIES:
        raise ValueError(f"finality is {config.finality!r}; it can be depth or tag")
    if config.quorum > len(config.rpc_urls):
        raise ValueError(f"a quorum of {config.quorum} needs as many rpc_urls; there are {len(config.rpc_urls)}")
    return config


def chain_config(chain_id: int | None = None) -> ChainConfig:
    """The configured chain with this id; without one, the default chain.

    Raises ImproperlyConfigured when it is not in `CHAINS`.
    """
    # Django's settings read this module, so it must not need them at import.
    from django.conf import settings

    chains: tuple[ChainConfig, ...] = settings.CHAINS
    for config in chains:
        if chain_id is None or config.chain_id == chain_id:
            return config
    wanted = "has no chain" if chain_id is None else f"has no chain with id {chain_id}"
    raise ImproperlyConfigured(f"The setting CHAINS {wanted}.")
