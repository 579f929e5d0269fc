"""Minting's parts on other rooms' pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from accounts.models import Person
from generation.models import Work
from minting.costs import Cost, own_wallet_cost
from minting.forms import MintForm
from minting.models import Chain, Collection, Mint, Token

register = template.Library()


@register.simple_tag
def collections_shown() -> Sequence[Collection]:
    """Collections that hold tokens, for the wall's filter."""
    return list(Collection.objects.filter(mints__status__in=["mined", "final"]).select_related("chain").distinct())


@dataclass(frozen=True, kw_only=True)
class ChainCost:
    """What a wallet would pay on a chain; `cost` is None when the chain does not answer."""

    chain: Chain
    cost: Cost | None


def _costs(places: Sequence[Collection]) -> list[ChainCost]:
    """One for each chain that a collection to choose is on."""
    chains = {place.chain_id: place.chain for place in places}
    return [ChainCost(chain=chain, cost=own_wallet_cost(chain_id)) for chain_id, chain in chains.items()]


@register.inclusion_tag("minting/panel.html", takes_context=True)
def mint_panel(context: template.RequestContext, work: Work) -> dict[str, Any]:
    """A work's tokens, and the form that asks for one, for its maker."""
    viewer = context["user"]
    own = isinstance(viewer, Person) and work.person_id == viewer.pk
    mints = list(work.mints.select_related("collection").order_by("created_at"))
    burnt = Token.objects.burnt().of_content(bytes(work.content_hash)).values_list("collection", flat=True)
    gone = set(burnt)
    taken = gone | {mint.collection_id for mint in mints if mint.status != Mint.Status.FAILED}
    form: MintForm | None = context.get("mint_form")
    if own and form is None:
        form = MintForm(person=viewer, taken=taken)
    places = form.collections_to_choose() if own and form else []
    return {
        "work": work,
        "mints": mints if own else [mint for mint in mints if mint.status in {"mined", "final"}],
        "gone": gone,
        "form": form if own else None,
        "own": own,
        "places": places,
        "costs": _costs(places),
        "mintable": work.review_state in {Work.Review.PENDING, Work.Review.APPROVED},
        "csrf_token": context.get("csrf_token"),
        "user": viewer,
    }
