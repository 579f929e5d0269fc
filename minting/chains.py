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
    resend_seconds: float = 10
    """a transaction without a receipt is sent again, the same bytes, after this long"""
    stuck_seconds: float = 60
    """a transaction without a receipt offers a higher fee after this long"""
    max_in_flight: int = 32
    """transactions of one signer that may wait for a receipt at a time; nodes keep 64 per account"""


def parse_chains(text: str) -> tuple[ChainConfig, ...]:
    """`CHAINS` is a JSON list of objects with the fields of `ChainConfig`; the first is the default chain.

    Raises ImproperlyConfigured with the offending entry when it is not.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(text)
        return tuple(ChainConfig(**{**entry, "rpc_urls": tuple(entry["rpc_urls"])}) for entry in entries)
    except (ValueError, TypeError, KeyError) as error:
        raise ImproperlyConfigured(f"CHAINS is not a JSON list of chains: {error}") from error


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
