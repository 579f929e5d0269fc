"""Minting's parts on other rooms' pages."""

from collections.abc import Sequence
from typing import Any

from django import template

from accounts.models import Person
from generation.models import Work
from minting.forms import MintForm
from minting.models import Collection, Mint

register = template.Library()


@register.simple_tag
def collections_shown() -> Sequence[Collection]:
    """Collections that hold tokens, for the wall's filter."""
    return list(Collection.objects.filter(mints__status__in=["mined", "final"]).select_related("chain").distinct())


@register.inclusion_tag("minting/panel.html", takes_context=True)
def mint_panel(context: template.RequestContext, work: Work) -> dict[str, Any]:
    """A work's tokens, and the form that asks for one, for its maker."""
    viewer = context["user"]
    own = isinstance(viewer, Person) and work.person_id == viewer.pk
    mints = list(work.mints.select_related("collection").order_by("created_at"))
    taken = {mint.collection_id for mint in mints if mint.status != Mint.Status.FAILED}
    form: MintForm | None = context.get("mint_form")
    if own and form is None:
        form = MintForm(person=viewer, taken=taken)
    return {
        "work": work,
        "mints": mints if own else [mint for mint in mints if mint.status in {"mined", "final"}],
        "form": form if own else None,
        "own": own,
        "mintable": work.review_state in {Work.Review.PENDING, Work.Review.APPROVED},
        "csrf_token": context.get("csrf_token"),
        "user": viewer,
    }
