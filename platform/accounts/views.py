"""Pages of accounts: signing up, in and out, and what is one's own."""

import hashlib
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import names, services
from accounts.forms import KeyForm, SignInForm, SignUpForm
from accounts.models import Person
from api.errors import Problem
from api.form_errors import show_problem
from api.page_limits import by_address, limited_posts
from api.posted import posted_from
from api.services import create_key, revoke_key

BACKEND = "django.contrib.auth.backends.ModelBackend"
SHOWN = 12
"""works and mints on the account page; the rest is behind a link"""


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: the address asked for when it is on this site, else the wall."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else reverse("generation:home")


def _passwords_tried(request: HttpRequest) -> list[tuple[str, str]]:
    """Passwords count for the address, for the name from that address, and for the name from everywhere.

    The last is far wider: else anybody could keep a person out by trying her name. Names are hashed, as they may be
    of any length.
    """
    name = hashlib.sha256(names.normalise(request.POST.get("username", "")).encode()).hexdigest()
    [(policy, address)] = by_address("sign-in")(request)
    return [(policy, address), ("password", f"{name}:{address}"), ("password-anywhere", name)]


limited_passwords = limited_posts(_passwords_tried)
"""for every view that takes a name and a password to sign in, the admin panel's too"""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited_posts(by_address("sign-in"))
def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account and be signed in."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignUpForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            person = services.sign_up(**form.cleaned_data)
        except Problem as problem:
            show_problem(form, problem)
            status = problem.status
        else:
            login(request, person, backend=BACKEND)
            return redirect(_next(request))
    return render(request, "accounts/sign_up.html", {"form": form, "next": _next(request)}, status=status)


class SignInView(LoginView):
    """Django's sign-in with our form; a wallet signs in through the API from the same page."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The form again, with what is wrong."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


def _account_context(person: Person) -> dict[str, Any]:
    # Works and mints belong to rooms on the right: they are reached over the relations' names only.
    works = person.works.order_by("-created_at").select_related("person").defer("recipe", "attestation")
    mints = person.mints.order_by("-created_at").select_related("work", "collection")
    return {
        "wallets": person.wallets.all(),
        "keys": person.api_keys.filter(revoked_at=None),
        "jobs": person.jobs.order_by("-created_at").select_related("model")[:SHOWN],
        "works": works[:SHOWN],
        "mints": mints.defer("work__recipe", "work__attestation")[:SHOWN],
    }


def _signed_in(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # every caller is behind login_required
    return request.user


@never_cache
@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own pictures, tokens, wallets and keys."""
    return render(request, "accounts/account.html", {**_account_context(_signed_in(request)), "key_form": KeyForm()})


@never_cache
@posted_from("accounts:account")
@login_required
def create_api_key(request: HttpRequest) -> HttpResponse:
    """Make a key and show it, this once."""
    person = _signed_in(request)
    form, secret, status = KeyForm(request.POST), "", 422
    if form.is_valid():
        try:
            _, secret = create_key(person=person, **form.cleaned_data)
            form, status = KeyForm(), 201
        except Problem as problem:
            show_problem(form, problem)
            status = problem.status
    # Rendered here, not redirected to: the key's text is kept nowhere, the session included.
    context = {**_account_context(person), "key_form": form, "new_key": secret}
    return render(request, "accounts/account.html", context, status=status)


@posted_from("accounts:account", same_ids=False)
@login_required
def revoke_api_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Let a key open nothing any more."""
    key = get_object_or_404(_signed_in(request).api_keys, pk=key_id)
    revoke_key(key=key)
    messages.success(request, f"The key {key} is revoked. Programs that use it are refused from now on.")
    return redirect(f"{reverse('accounts:account')}#keys")
