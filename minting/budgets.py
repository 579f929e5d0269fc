"""Budgets of what spends the platform's money: per person, per key and together, by day and chain.

Relayed mints; and what else a person can have the platform send any number of times, which counts like a mint.

What a mint will cost is set aside, by estimate, in the transaction that writes the mint, hence before anything is
signed; what it did cost replaces the estimate when the receipt is there; what was not spent goes back. Days are UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Person
from api.models import ApiKey
from minting.chains import chain_config
from minting.errors import BudgetExhausted
from minting.models import Chain, Mint, MintBudget, MintBudgetUse, MintReservation, Transaction

GAS_OF_A_MINT = 135_000
"""what one costs at most: alone, the first of its owner, with a royalty of its own"""
GAS_OF_A_SPLITTER = 250_000
"""for a few; each further payee adds 13,000"""
GAS_OF_A_CANCELLATION = 60_000
"""of a voucher"""
GAS_OF_A_WHOLE_COLLECTION = 4_900_000
"""made by the factory, with a splitter for a few"""
EVERYBODY = "everybody"
GWEI = 10**9


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a subject may use on one chain on one day; None is without limit."""

    subject: str
    owner: str
    """in words: whose limit it is"""
    mints: int | None
    wei: int | None


def estimate(chain: Chain, *, gas: int = GAS_OF_A_MINT) -> int:
    """What a mint, or so much gas, will cost, in wei.

    At the price that the engine last offered, or else at the chain's ceiling.
    """
    ceiling = int(chain_config(chain.chain_id).max_fee_gwei * GWEI)
    return gas * (min(int(chain.gas_price), ceiling) if chain.gas_price is not None else ceiling)


@transaction.atomic
def reserve(mint: Mint, *, api_key: ApiKey | None) -> None:
    """Set aside what the mint will cost. Call it in the transaction that writes the mint.

    Raises BudgetExhausted, which says what is left and when more comes; nothing is set aside then.
    """
    today, chain = timezone.now().date(), mint.collection.chain
    wei, limits = estimate(chain), limits_of(mint.person_id, api_key)
    _take(limits, chain=chain, day=today, wei=wei)
    MintReservation.objects.update_or_create(
        mint=mint,
        defaults={
            "api_key": api_key, "day": today, "subjects": [limit.subject for limit in limits], "wei": wei,
            "status": MintReservation.Status.RESERVED,
        },
    )  # fmt: skip


@transaction.atomic
def spend(*, person: Person, api_key: ApiKey | None, chain: Chain, gas: int) -> None:
    """Count a transaction other than a mint like one, at what so much gas is estimated to cost.

    Call it in the transaction that gives it a nonce. Raises BudgetExhausted like `reserve`.
    """
    wei, limits = estimate(chain, gas=gas), limits_of(person.pk, api_key)
    _take(limits, chain=chain, day=timezone.now().date(), wei=wei)


def _take(limits: list[Limit], *, chain: Chain, day: date, wei: int) -> None:
    for limit in limits:
        # The row's lock is held until the caller commits: two requests at once cannot both take the last one.
        MintBudgetUse.objects.get_or_create(subject=limit.subject, chain=chain, day=day)
        use = MintBudgetUse.objects.select_for_update().get(subject=limit.subject, chain=chain, day=day)
        _refuse_beyond(limit, use, wei=wei, currency=chain_config(chain.chain_id).currency)
        MintBudgetUse.objects.filter(pk=use.pk).update(mints=F("mints") + 1, wei=F("wei") + wei)


def limits_of(person_id: UUID, api_key: ApiKey | None) -> list[Limit]:
    """Whose limits a mint counts against, in the order in which their rows are locked.

    Without `everybody` in the setting there is no row that all requests wait for.
    """
    own = MintBudget.objects.filter(person=person_id).first()
    limits = [Limit(subject=f"person:{person_id}", owner="yours", **_allowed(own, "person"))]
    if EVERYBODY in settings.MINT_BUDGETS:
        limits.append(Limit(subject=EVERYBODY, owner="everybody's together", **_setting(EVERYBODY)))
    if api_key is not None:
        of_key = MintBudget.objects.filter(api_key=api_key).first()
        limits.append(Limit(subject=f"key:{api_key.pk}", owner="this key's", **_allowed(of_key, "key")))
    return sorted(limits, key=lambda limit: limit.subject)


def _allowed(row: MintBudget | None, kind: str) -> dict[str, int | None]:
    if row is None:
        return _setting(kind)
    return {"mints": row.mints_per_day, "wei": None if row.wei_per_day is None else int(row.wei_per_day)}


def _setting(kind: str) -> dict[str, int | None]:
    found = settings.MINT_BUDGETS.get(kind, {})
    return {name: int(found[name]) if name in found else None for name in ("mints", "wei")}


def _refuse_beyond(limit: Limit, use: MintBudgetUse, *, wei: int, currency: str) -> None:
    midnight = datetime.combine(use.day + timedelta(days=1), time(), tzinfo=UTC)
    ends = f"More comes at {midnight:%Y-%m-%dT%H:%MZ}. A token minted from your own wallet needs no budget."
    wait = (midnight - timezone.now()).total_seconds()
    if limit.mints is not None and use.mints + 1 > limit.mints:
        left = max(limit.mints - use.mints, 0)
        what = f"The platform pays for {limit.mints} mints a day ({limit.owner}); {left} are left. {ends}"
        raise BudgetExhausted(what, wait=wait)
    if limit.wei is not None and use.wei + wei > limit.wei:
        left = max(limit.wei - int(use.wei), 0)
        raise BudgetExhausted(
            f"The platform pays up to {limit.wei} wei of {currency} a day ({limit.owner}); {left} wei are left, "
            f"and this mint may cost {wei}. {ends}",
            wait=wait,
        )


@transaction.atomic
def settle(carrier: Transaction, *, wei: int) -> None:
    """The receipt is there: each mint of the transaction has cost its part.

    Call it when the mints are what the receipt makes them. One that failed before, and that a reorg did not bring
    back, has cost something else now, but counts no more than it did.
    """
    found = list(_locked(MintReservation.objects.filter(mint__transaction=carrier)))
    for place, reservation in enumerate(found):
        # The first bears what cannot be divided.
        part = wei // len(found) + (wei % len(found) if place == 0 else 0)
        returned = reservation.status == MintReservation.Status.RETURNED
        if returned and reservation.mint.status == Mint.Status.FAILED:
            _change(reservation, mints=0, wei=part, status=MintReservation.Status.RETURNED)
        else:
            _change(reservation, mints=1 if returned else 0, wei=part, status=MintReservation.Status.SETTLED)


@transaction.atomic
def reserve_again(mints: QuerySet[Mint]) -> None:
    """The transaction of these mints was refused for good: what it cost is spent, and as much again is set aside.

    Without a limit: the mints were admitted, and it is the platform that sends them anew.
    """
    settled = MintReservation.objects.filter(mint__in=mints, status=MintReservation.Status.SETTLED)
    for reservation in _locked(settled.select_related("mint__collection__chain")):
        wei = estimate(reservation.mint.collection.chain)
        _uses(reservation).update(wei=F("wei") + wei)
        reserved = {"wei": wei, "status": MintReservation.Status.RESERVED}
        MintReservation.objects.filter(pk=reservation.pk).update(**reserved)


@transaction.atomic
def give_back(mint_ids: Iterable[UUID]) -> None:
    """The mints ended without a token: they do not count, and cost what their transaction did, if there was one.

    A mint that was canceled after it was sent does count, or who mints and cancels in a loop spends without end.
    """
    for reservation in _locked(MintReservation.objects.filter(mint__in=list(mint_ids))):
        settled = reservation.status == MintReservation.Status.SETTLED
        if reservation.status == MintReservation.Status.RETURNED or (settled and _is_canceled(reservation.mint)):
            continue
        spent = reservation.wei if settled else Decimal(0)
        _change(reservation, mints=-1, wei=int(spent), status=MintReservation.Status.RETURNED)


def _is_canceled(mint: Mint) -> bool:
    return mint.error_code == "canceled"


def _locked(reservations: QuerySet[MintReservation]) -> QuerySet[MintReservation]:
    return reservations.select_for_update(of=("self",)).select_related("mint__collection").order_by("mint_id")


def _change(reservation: MintReservation, *, mints: int, wei: int, status: MintReservation.Status) -> None:
    _uses(reservation).update(mints=F("mints") + mints, wei=F("wei") + (wei - reservation.wei))
    MintReservation.objects.filter(pk=reservation.pk).update(wei=wei, status=status)


def _uses(reservation: MintReservation) -> QuerySet[MintBudgetUse]:
    """The rows that a reservation counts in, locked in the order of `limits_of`, or two could wait for each other."""
    uses = MintBudgetUse.objects.filter(
        subject__in=reservation.subjects, chain=reservation.mint.collection.chain_id, day=reservation.day
    )
    list(uses.order_by("subject").select_for_update())
    return uses
