"""How deep a mined transaction lies, for showing only. What counts as final is the engine's to say."""

import threading
import time
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured

from minting.chains import chain_config
from minting.errors import ChainUnavailable, WrongChain
from minting.models import Mint
from minting.rpc import RpcError, client_for

FRESH_SECONDS = 1.0
RETRY_SECONDS = 10.0
"""a chain that did not answer is not asked again for so long: pages must not wait for it"""


@dataclass
class _Head:
    """The last block number heard of, and when to ask again. The lock lets one thread ask at a time."""

    number: int | None = None
    ask_again_at: float = 0.0
    asking: threading.Lock = field(default_factory=threading.Lock)


_heads: dict[int, _Head] = {}


def recent_head(chain_id: int) -> int | None:
    """The chain's newest block, at most about a second old; None when the chain does not answer."""
    head = _heads.setdefault(chain_id, _Head())
    if time.monotonic() >= head.ask_again_at and head.asking.acquire(blocking=False):
        try:
            head.number = client_for(chain_config(chain_id)).block_number()
            head.ask_again_at = time.monotonic() + FRESH_SECONDS
        except (ChainUnavailable, WrongChain, RpcError):
            head.number, head.ask_again_at = None, time.monotonic() + RETRY_SECONDS
        finally:
            head.asking.release()
    return head.number


def confirmations(mint: Mint) -> int | None:
    """Blocks on top of the mint's own, counted up to the depth at which it is final.

    None before it is mined, and when the chain cannot be asked.
    """
    try:
        required = chain_config(mint.collection.chain_id).confirmations
    except ImproperlyConfigured:
        # The chain was taken out of CHAINS after the mint was made.
        return None
    if mint.status == Mint.Status.FINAL:
        return required
    if mint.status != Mint.Status.MINED or mint.transaction is None or mint.transaction.block_number is None:
        return None
    head = recent_head(mint.collection.chain_id)
    return None if head is None else max(0, min(required, head - mint.transaction.block_number))
