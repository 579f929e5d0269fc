"""The typed form of the `CHAINS` setting."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, kw_only=True)
class ChainConfig:
    """One chain that tokens can be minted on."""

    chain_id: int
    name: str
    rpc_urls: tuple[str, ...]
    currency: str = "ETH"
    confirmations: int = 12
    """blocks on top of a transaction's own, after which it counts as final"""
    explorer_url: str = ""
    max_fee_gwei: int = 500
    """the most a transaction may offer per gas, in gwei"""
    public_rpc_url: str = ""
    """an RPC address that visitors' browsers may use for their own checks"""


def parse_chains(text: str) -> tuple[ChainConfig, ...]:
    """`CHAINS` is a JSON list of objects with the fields of `ChainConfig`; the first is the default chain.

    Raises ImproperlyConfigured with the offending entry when it is not.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(text)
        return tuple(ChainConfig(**{**entry, "rpc_urls": tuple(entry["rpc_urls"])}) for entry in entries)
    except (ValueError, TypeError, KeyError) as error:
        raise ImproperlyConfigured(f"CHAINS is not a JSON list of chains: {error}") from error
