"""What a mint will about cost now, for people to see before they decide. What it cost, the receipt says."""

import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

from minting.chains import chain_config
from minting.errors import ChainUnavailable, WrongChain
from minting.rpc import RpcError, client_for

FRESH_SECONDS = 15.0
VOUCHER_GAS, SALE_GAS = 120_000, 135_000
"""of a voucher's mint without and with a price; `make bench` measures them, an owner's first token is included"""
ROYALTY_GAS = 26_000
"""what a royalty of the token's own adds: a slot, and the event that tells it"""
PROXY_GAS, WHOLE_GAS = 347_000, 4_467_000
"""of making a collection at the factory, as a proxy and as a whole contract"""
SAVED_GAS = 2_723
"""what a token that is minted alone costs less in a whole contract than in a proxy"""
PAYS_FROM = 100 * round((WHOLE_GAS - PROXY_GAS) / SAVED_GAS / 100)
"""so many tokens, minted one by one, make a whole contract cheaper than a proxy: about"""
WEI = Decimal(10) ** 18


@dataclass(frozen=True, kw_only=True)
class Cost:
    """About how much, in the chain's coin."""

    amount: Decimal
    currency: str


@dataclass
class _Price:
    """The last price heard of, in wei per gas, and when to ask again. The lock lets one thread ask at a time."""

    wei: int | None = None
    ask_again_at: float = 0.0
    asking: threading.Lock = field(default_factory=threading.Lock)


_prices: dict[int, _Price] = {}


def own_wallet_cost(chain_id: int, *, priced: bool = False, own_royalty: bool = False) -> Cost | None:
    """The chain's fee of a mint with a voucher, without the voucher's price; None when the chain does not answer."""
    try:
        currency = chain_config(chain_id).currency
    except ImproperlyConfigured:
        return None
    price = _gas_price(chain_id)
    if price is None:
        return None
    gas = (SALE_GAS if priced else VOUCHER_GAS) + (ROYALTY_GAS if own_royalty else 0)
    return Cost(amount=price * gas / WEI, currency=currency)


def _gas_price(chain_id: int) -> int | None:
    known = _prices.setdefault(chain_id, _Price())
    if time.monotonic() >= known.ask_again_at and known.asking.acquire(blocking=False):
        try:
            known.wei = int(client_for(chain_config(chain_id)).call("eth_gasPrice"), 16)
        except (ChainUnavailable, WrongChain, RpcError):
            known.wei = None
        finally:
            known.ask_again_at = time.monotonic() + FRESH_SECONDS
            known.asking.release()
    return known.wei
