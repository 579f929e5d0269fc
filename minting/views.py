"""Pages of minting: asking for a token, watching it come, and the token with its proof."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Person
from api.errors import Problem
from api.form_errors import show_problem
from api.posted import posted_from
from generation.models import Work
from generation.views import render_work, visible_work
from minting import proof, services
from minting.attempts import attempts_of, fee_paid
from minting.chains import chain_config
from minting.forms import MintForm
from minting.models import Mint
from minting.querysets import mints_of, token_mint
from minting.stations import stations_of
from minting.vouchers import issue_voucher


def _signed_in(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # every caller is behind login_required
    return request.user


@posted_from("generation:work")
@login_required
def request_mint(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask for a token of a work; what is wrong is said on the work's own page."""
    person, work = _signed_in(request), visible_work(request, work_id)
    form = MintForm(request.POST, person=person)
    status = 422
    if form.is_valid():
        try:
            return _asked(person, work, form)
        except Problem as problem:
            show_problem(form, problem, places={"royalty.basis_points": "royalty", "royalty.shares": "shares"})
            status = problem.status
    return render_work(request, work, status=status, mint_form=form)


def _asked(person: Person, work: Work, form: MintForm) -> HttpResponse:
    """Do what the form asks for, and go there."""
    place, owner, royalty = form.cleaned_data["collection"], form.cleaned_data["to"], form.royalty_wish()
    if form.cleaned_data["way"] == MintForm.WALLET:
        voucher = issue_voucher(
            person=person, work=work, to=owner, collection=place, price=form.wei(), royalty=royalty
        )
        return redirect("minting:voucher", voucher.pk)
    mint = services.request_mint(person=person, work=work, to=owner, collection=place, royalty=royalty)
    return redirect("minting:mint", mint.pk)


def _attempts(mint: Mint) -> dict[str, object]:
    """What the page says about the transaction's attempts."""
    try:
        currency = chain_config(mint.collection.chain_id).currency
    except ImproperlyConfigured:
        # The chain was taken out of CHAINS after the mint was made.
        currency = ""
    return {
        "attempts": attempts_of(mint.transaction),
        "fee": fee_paid(mint.transaction),
        "currency": currency,
    }


def _own_mint(request: HttpRequest, mint_id: UUID) -> Mint:
    return get_object_or_404(mints_of(person=_signed_in(request)), pk=mint_id)


@require_safe
@login_required
def mint(request: HttpRequest, mint_id: UUID) -> HttpResponse:
    """A mint on its way: four stations with their times and the transaction."""
    found = _own_mint(request, mint_id)
    context = {
        "mint": found,
        "work": found.work,
        "stations": stations_of(found),
        "ended": found.status in {Mint.Status.FINAL, Mint.Status.FAILED},
        **_attempts(found),
    }
    return render(request, "minting/mint.html", context)


@posted_from("minting:mint")
@login_required
def retry_mint(request: HttpRequest, mint_id: UUID) -> HttpResponse:
    """Ask again for a token that failed."""
    try:
        again = services.retry_mint(mint=_own_mint(request, mint_id))
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("minting:mint", mint_id)
    return redirect("minting:mint", again.pk)


@require_safe
def token(request: HttpRequest, chain_id: int, address: str, token_id: str) -> HttpResponse:
    """A token, for everybody: its picture, its owner as the chain says, and the proof, line by line."""
    # 78 digits hold every uint256.
    known = token_id.isdecimal() and len(token_id) <= 78
    found = token_mint(chain_id=chain_id, address=address, token_id=int(token_id)) if known else None
    if found is None or found.status not in {Mint.Status.MINED, Mint.Status.FINAL}:
        raise Http404("no such token")
    chain = proof.ask_chain(found)
    context = {
        "mint": found,
        "work": found.work,
        "token_id": token_id,
        "state": chain.token,
        "burnt": chain.burnt,
        "chain_answered": chain.answered,
        "lines": proof.lines_of(found, chain),
        "on_the_wall": found.work.review_state in {"pending", "approved"},
        "royalty": chain.royalty,
        "royalty_as_asked": chain.royalty is not None and chain.royalty.terms() == found.own_royalty(),
        **_attempts(found),
    }
    return render(request, "minting/token.html", context)
