"""Addresses that only take forms. Who comes there by another way, as after signing in, is led to the form's page."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def posted_from(page: str, *, same_ids: bool = True) -> Callable[[View], View]:
    """Let a view see POSTs only; anything else is redirected to `page`, a URL name (taking the same ids, or none)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def posted(request: HttpRequest, **ids: UUID) -> HttpResponse:
            if request.method == "POST":
                return view(request, **ids)
            return redirect(reverse(page, kwargs=ids if same_ids else None))

        return posted

    return decorate
