"""Pages of what is one's own: collections, tokens, vouchers for one's wallet."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Person
from accounts.querysets import first_wallet_address
from api.errors import Problem
from api.form_errors import show_problem
from api.posted import posted_from
from minting import costs, creating, vouchers
from minting.chains import chain_config
from minting.forms import CollectionForm
from minting.holdings import holdings_of
from minting.models import Collection, Token
from minting.querysets import vouchers_of

PLACES = {"royalty_basis_points": "royalty", "royalty_shares": "shares", "chain_id": "chain"}
"""of a collection's properties, on the form"""


def _signed_in(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # every caller is behind login_required
    return request.user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def create_collection(request: HttpRequest) -> HttpResponse:
    """Make a collection of one's own."""
    person = _signed_in(request)
    form = CollectionForm(request.POST or None, initial={"owner": first_wallet_address(person) or ""})
    status = 422 if form.is_bound else 200
    if form.is_valid():
        words = form.cleaned_data
        try:
            made = creating.create_collection(
                person=person,
                name=words["name"],
                symbol=words["symbol"],
                description=words["description"],
                owner=words["owner"],
                royalty_basis_points=int(words["royalty"] * 100),
                royalty_shares=form.royalty_shares(),
                chain_id=words.get("chain"),
                whole=form.wants_whole(),
            )
        except Problem as problem:
            show_problem(form, problem, places=PLACES)
            status = problem.status
        else:
            return redirect("minting:collection", made.pk)
    gas = {"proxy": costs.PROXY_GAS, "whole": costs.WHOLE_GAS, "saved": costs.SAVED_GAS, "pays_from": costs.PAYS_FROM}
    context = {"form": form, "gas": {name: f"{number:,}" for name, number in gas.items()}}
    return render(request, "minting/create_collection.html", context, status=status)


@require_safe
def collection(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """A collection, for everybody: where it is, whose it is, who gets the royalties, and what is in it."""
    found = get_object_or_404(Collection.objects.select_related("chain", "factory", "owner"), pk=collection_id)
    mints = found.mints.filter(status__in=["mined", "final"]).select_related("work__person", "work__file")
    burnt = Token.objects.burnt().filter(collection=found, token_id=OuterRef("work__content_hash"))
    shown = mints.exclude(Exists(burnt)).exclude(work__review_state__in=["hidden", "rejected"])
    whole = sum(share["parts"] for share in found.royalty_shares)
    context = {
        "collection": found,
        "works": [mint.work for mint in shown.order_by("-created_at")[:60]],
        "shares": [{**share, "percent": round(100 * share["parts"] / whole, 1)} for share in found.royalty_shares],
        "own": found.owner_id is not None and found.owner_id == request.user.pk,
    }
    return render(request, "minting/collection.html", context)


@never_cache
@require_safe
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """What one's linked wallets own, as the chain says, and what one has minted for others."""
    person = _signed_in(request)
    context = {
        "holdings": holdings_of(person=person),
        "collections": person.collections.select_related("chain"),
        "has_wallet": person.wallets.exists(),
        "vouchers": [
            (voucher, vouchers.state_of(voucher))
            for voucher in vouchers_of(person=person).prefetch_related("work__person")[:30]
        ],
    }
    return render(request, "minting/my_tokens.html", context)


@never_cache
@require_safe
@login_required
def voucher(request: HttpRequest, voucher_id: UUID) -> HttpResponse:
    """A voucher: what it allows, what it costs, and the wallets that could use it now."""
    found = get_object_or_404(vouchers_of(person=_signed_in(request)), pk=voucher_id)
    chain_id = found.collection.chain_id
    try:
        chain = chain_config(chain_id)
    except ImproperlyConfigured:
        # The chain was taken out of CHAINS since.
        chain = None
    context = {
        "voucher": found,
        "work": found.work,
        "state": vouchers.state_of(found),
        "call": vouchers.call_of(found),
        "chain": chain,
        "price": found.price / 10**18,
        "cost": costs.own_wallet_cost(chain_id, priced=found.price > 0, own_royalty=found.own_royalty() is not None),
    }
    return render(request, "minting/voucher.html", context)


@posted_from("minting:voucher")
@login_required
def cancel_voucher(request: HttpRequest, voucher_id: UUID) -> HttpResponse:
    """Take a voucher back."""
    found = get_object_or_404(vouchers_of(person=_signed_in(request)), pk=voucher_id)
    try:
        vouchers.cancel_voucher(voucher=found, payer=_signed_in(request))
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("minting:voucher", voucher_id)
