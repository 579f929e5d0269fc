"""Asking for many tokens at once: all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.models import Person
from accounts.querysets import first_wallet_address
from api.errors import FieldError, InvalidInput, Problem
from api.models import ApiKey
from generation.errors import WorkNotFound
from generation.models import Work
from minting.errors import BudgetExhausted
from minting.models import Collection, Mint, MintBatch
from minting.querysets import collection_named
from minting.royalties import RoyaltyWish
from minting.services import request_mint, retry_mint

MOST = 100


class BatchRefused(InvalidInput):
    """At least one item of the batch cannot be minted, so none was requested; `errors` says which and why."""

    code = "batch_refused"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One token: which work, to whom (the person's first wallet by default), where (the default collection).

    Without `royalty` it has its collection's.
    """

    work: UUID
    to: str | None = None
    collection: str | None = None
    royalty: RoyaltyWish | None = None


def request_mints(*, person: Person, wishes: Sequence[Wish], api_key: ApiKey | None = None) -> MintBatch:
    """Request 1 to 100 mints in one database transaction.

    Raises InvalidInput, BatchRefused with errors per item, BudgetExhausted when the budget does not do for all.
    """
    if not 1 <= len(wishes) <= MOST:
        raise InvalidInput.for_field("mints", f"A batch has 1 to {MOST} mints; this one has {len(wishes)}.")
    works = Work.objects.in_bulk([wish.work for wish in wishes])
    collections: dict[str | None, Collection] = {}
    wallet = first_wallet_address(person)
    errors: list[FieldError] = []
    with transaction.atomic():
        batch = MintBatch.objects.create(person=person)
        for place, wish in enumerate(wishes):
            try:
                with transaction.atomic():
                    if wish.collection not in collections:
                        collections[wish.collection] = collection_named(wish.collection)
                    mint = _request(
                        person, works.get(wish.work), to=wish.to or wallet, place=collections[wish.collection],
                        royalty=wish.royalty, api_key=api_key,
                    )  # fmt: skip
                    Mint.objects.filter(pk=mint.pk).update(batch=batch)
            except BudgetExhausted:
                raise
            except Problem as problem:
                errors += _errors(place, problem)
        if errors:
            raise BatchRefused(
                f"{len({error.field.split('.')[0] for error in errors})} of {len(wishes)} mints cannot be done, so "
                "none was requested. Mend or leave out those in `errors`, and send the batch again.",
                errors=errors,
            )
    return batch


def _request(
    person: Person,
    work: Work | None,
    *,
    to: str | None,
    place: Collection,
    royalty: RoyaltyWish | None,
    api_key: ApiKey | None,
) -> Mint:
    if work is None:
        raise WorkNotFound("There is no such work among yours. Only the maker of a work can mint it.")
    if to is None:
        raise InvalidInput.for_field(
            "to", "You have no linked wallet: say in `to` who shall own it.", code="required"
        )
    return request_mint(person=person, work=work, to=to, collection=place, royalty=royalty, api_key=api_key)


def retry_failed_of(batch: MintBatch) -> int:
    """Request the failed mints of a batch again, all or none; how many. Raises like `services.retry_mint`."""
    with transaction.atomic():
        failed = list(batch.mints.filter(status=Mint.Status.FAILED).order_by("id"))
        for mint in failed:
            retry_mint(mint=mint)
    return len(failed)


def _errors(place: int, problem: Problem) -> list[FieldError]:
    """The item's errors, its fields named from the batch on."""
    if problem.errors:
        return [
            FieldError(field=f"mints[{place}].{error.field}", code=error.code, detail=error.detail)
            for error in problem.errors
        ]
    field = "collection" if problem.code == "unknown_collection" else "work"
    return [FieldError(field=f"mints[{place}].{field}", code=problem.code, detail=problem.detail)]
