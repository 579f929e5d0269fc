"""Which waiting mints share a transaction: of one collection and royalty, as many as fit, none that sinks the others.

Every parcel is tried out on the chain's present state before it gets a nonce. When it would revert it is halved, so
one bad mint among n is found with about 2·log2(n) questions, and the others go on without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from eth_abi.exceptions import EncodingError

from minting import contract_calls
from minting.engine import preflight
from minting.engine.preflight import Exists, Fits, Refused
from minting.engine.round import Round
from minting.models import Mint
from minting.rpc import Call

CHEAPER_FROM = 3
"""fewer cost less one by one (see `mintBatch`)"""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Mints that go out in one transaction, in the order of its calldata."""

    mints: tuple[Mint, ...]
    data: bytes
    gas_limit: int

    @property
    def to(self) -> str:
        """The collection's contract."""
        return self.mints[0].collection.address


@dataclass(frozen=True, kw_only=True)
class NotNow:
    """A mint that cannot go out in this round, with the chain's answer."""

    mint: Mint
    answer: Exists | Refused


def pack(current: Round, mints: list[Mint]) -> Iterator[Parcel | NotNow]:
    """Parcels of these mints, all of one collection and royalty, oldest first. Each is tried when it is asked for.

    Raises ChainUnavailable.
    """
    config = current.client.config
    together: list[Mint] = []
    contents: set[bytes] = set()
    for mint in mints:
        try:
            contract_calls.mint_call(mint)
        except (ValueError, EncodingError) as error:
            # One unreadable row must not keep all the others from being minted.
            yield NotNow(mint=mint, answer=preflight.unreadable(error))
            continue
        content = bytes(mint.work.content_hash)
        if mint.goes_alone:
            yield _one(current, mint)
        elif content not in contents:
            # Of two works with the same content only the first can be minted; the second sees its token next round.
            contents.add(content)
            together.append(mint)
    if _gathers(together, most=config.max_batch, seconds=config.gather_seconds):
        return
    for begin in range(0, len(together), config.max_batch):
        yield from _tried(current, together[begin : begin + config.max_batch])


def _gathers(mints: list[Mint], *, most: int, seconds: float) -> bool:
    """Whether it is worth waiting for more to share the transaction."""
    if seconds <= 0 or not mints or len(mints) >= most:
        return False
    return (timezone.now() - mints[0].created_at).total_seconds() < seconds


def _one(current: Round, mint: Mint) -> Parcel | NotNow:
    call = _call(current, mint, contract_calls.mint_call(mint))
    answer = preflight.confirmed(current.client, call, preflight.ask(current.client, call))
    if isinstance(answer, Fits):
        return Parcel(mints=(mint,), data=call.data, gas_limit=answer.gas_limit)
    return NotNow(mint=mint, answer=answer)


def _call(current: Round, mint: Mint, data: bytes) -> Call:
    return Call(to=mint.collection.address, data=data, sender=current.signer.address)


def _tried(current: Round, mints: list[Mint]) -> Iterator[Parcel | NotNow]:
    if len(mints) < CHEAPER_FROM:
        for mint in mints:
            yield _one(current, mint)
        return
    call = _call(current, mints[0], contract_calls.mint_batch_call(mints))
    answer = preflight.ask(current.client, call)
    if isinstance(answer, Fits) and answer.gas_limit <= current.most_gas:
        yield Parcel(mints=tuple(mints), data=call.data, gas_limit=answer.gas_limit)
    elif isinstance(answer, Refused) and answer.concerns_all:
        for mint in mints:
            yield NotNow(mint=mint, answer=answer)
    else:
        place = _where_to_cut(answer, count=len(mints), most_gas=current.most_gas)
        yield from _tried(current, mints[:place])
        yield from _tried(current, mints[place:])


def _where_to_cut(answer: Fits | Exists | Refused, *, count: int, most_gas: int) -> int:
    """In the middle; when only the gas is too much, where it fits."""
    if isinstance(answer, Fits):
        return min(max(count * most_gas // answer.gas_limit, 1), count - 1)
    return count // 2
