"""Pages that belong to no single room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

COMMANDS = ("curl", "python", "javascript")


@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    """The first call in a minute: a key, and three commands to copy that work on this very site."""
    site = request.build_absolute_uri("/").rstrip("/")
    # Programs, not HTML: the page that shows them escapes them.
    address = {"site": mark_safe(site)}  # noqa: S308 - the host was checked against ALLOWED_HOSTS
    commands = {name: get_template(f"colophon/commands/{name}.txt").render(address) for name in COMMANDS}
    return render(request, "colophon/developers.html", commands)
