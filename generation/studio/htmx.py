"""Answers to forms and links that htmx sends: parts of a page are swapped, other pages are gone to whole."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def is_swap(request: HttpRequest) -> bool:
    """Whether htmx asks, which swaps a part of the answer into the page."""
    return request.headers.get("HX-Request") == "true"


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """Another page as a whole, not a part of this one."""
    if not is_swap(request):
        return redirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response


def swap_into(response: HttpResponse, selector: str, *, style: str = "outerMorph") -> HttpResponse:
    """Let htmx swap this part, whatever the form had in mind: what was refused is said beside its field."""
    response["HX-Retarget"] = response["HX-Reselect"] = selector
    response["HX-Reswap"] = f"{style} show:none"
    response["HX-Push-Url"] = "false"  # it is the same page still, at the same address
    return response


def back(request: HttpRequest) -> HttpResponse:
    """To where the form stood: its field `back`, or the studio."""
    return redirect(safe_address(request, request.POST.get("back", "")))


def safe_address(request: HttpRequest, target: str) -> str:
    """An address of this site: the one that is asked for when it is one, else the studio's."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else reverse("generation:studio")
