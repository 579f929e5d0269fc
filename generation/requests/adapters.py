"""The adapters that a request names."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypedDict

from api.errors import FieldError
from generation.models import Adapter, DiffusionModel
from generation.registry.families import family_of
from generation.requests.faults import is_weight
from provenance.recipes import decimal_text

MOST = 4
"""adapters on top of each other in one picture"""


class AdapterUse(TypedDict):
    """An adapter's slug, and its weight as decimal text."""

    adapter: str
    weight: str


def adapter_uses(
    wishes: Sequence[Mapping[str, object]], *, model: DiffusionModel, errors: list[FieldError]
) -> list[AdapterUse]:
    """The adapters in the order they were named; what is wrong with them is added to `errors`."""
    if len(wishes) > MOST:
        errors.append(_fault("adapters", "too_many", f"At most {MOST} adapters go on top of each other."))
        return []
    slugs = [str(wish.get("adapter", "")) for wish in wishes]
    known = {adapter.slug: adapter for adapter in Adapter.objects.filter(enabled=True, slug__in=slugs)}
    uses: list[AdapterUse] = []
    for place, wish in enumerate(wishes):
        slug, weight = slugs[place], wish.get("weight", "1")
        field = f"adapters.{place}"
        errors += _faults_of(field, slug, known.get(slug), model=model, is_twice=slug in slugs[:place])
        if is_weight(weight):
            uses.append(AdapterUse(adapter=slug, weight=decimal_text(Decimal(str(weight)))))
        else:
            detail = "An adapter's weight is a number from -2 to 2, not 0, with at most three decimals."
            errors.append(_fault(f"{field}.weight", "out_of_range", detail))
    return uses


def _faults_of(
    field: str, slug: str, adapter: Adapter | None, *, model: DiffusionModel, is_twice: bool
) -> list[FieldError]:
    if adapter is None:
        fitting = Adapter.objects.filter(enabled=True, family=family_of(model.pipeline_class))
        names = ", ".join(fitting.values_list("slug", flat=True)) or "none"
        detail = f"There is no adapter {slug[:60]!r} here. Those that fit the model {model.slug}: {names}."
        return [_fault(f"{field}.adapter", "unknown_adapter", detail)]
    if is_twice:
        return [_fault(f"{field}.adapter", "named_twice", f"The adapter {slug} is named twice; give it one weight.")]
    if adapter.family != family_of(model.pipeline_class):
        detail = f"The adapter {slug} is for models of the family {adapter.family}; {model.slug} is none of these."
        return [_fault(f"{field}.adapter", "does_not_fit", detail)]
    return []


def _fault(field: str, code: str, detail: str) -> FieldError:
    return FieldError(field=field, code=code, detail=detail)
