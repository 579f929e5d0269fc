"""The curator's desk: the works of one state as a contact sheet, decided one after the other from the keyboard."""

from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import Person
from api.errors import Problem
from api.panel import shown_prompt
from curation.admin.deciding import BUTTONS, MEANING
from curation.admin.work_columns import title_of
from curation.models import CurationDecision
from curation.services import (
    REASON_MAX_LENGTH,
    STATE_AFTER,
    Decision,
    is_curator,
    review_work,
    undo_decision,
)
from generation.models import Work

SHEET = 60
"""works on one sheet"""

SHEETS = {
    "pending": ("Awaiting review", Q(review_state="pending")),
    "flagged": ("Flagged", Q(review_state="pending", flagged=True)),
    "approved": ("Approved", Q(review_state="approved")),
    "hidden": ("Hidden", Q(review_state="hidden")),
    "rejected": ("Rejected", Q(review_state="rejected")),
}

USUAL_REASONS = {
    Decision.APPROVE: (
        "Looked at full size; nothing speaks against it.",
        "A strong picture of its kind.",
        "Flagged by mistake; harmless.",
    ),
    Decision.HIDE: (
        "Needs a second pair of eyes.",
        "May show a real person; asked the maker.",
        "A near-copy of another work on this sheet.",
    ),
    Decision.REJECT: (
        "Against the rules of this collection.",
        "Too close to somebody else's known work.",
        "Broken picture: artefacts, no subject.",
    ),
    Decision.RESTORE: ("To be judged anew.", "The maker answered; look again."),
}
"""offered on keys 1 to 3; the curator's own words are as good"""


def desk(request: HttpRequest, *, panel: AdminSite) -> HttpResponse:
    """Show a sheet; on POST decide about one work, or undo the last decision, and come back to the same place."""
    curator = cast("Person", request.user)
    if not is_curator(curator):
        raise PermissionDenied
    shown = request.GET.get("show", "pending")
    if shown not in SHEETS:
        return redirect("admin:curation_desk")
    if request.method == "POST":
        return _write(request, curator=curator, shown=shown)
    # The oldest first: nobody waits because others came later. Then the desk is the same for every curator.
    works = Work.objects.filter(SHEETS[shown][1]).order_by("created_at", "id")
    context = {
        **panel.each_context(request),
        "title": "Curator's desk",
        "sheets": [(key, words, Work.objects.filter(question).count()) for key, (words, question) in SHEETS.items()],
        "shown": shown,
        "frames": [
            _frame(work)
            for work in works.select_related("person", "model")
            .prefetch_related("resemblances__earlier")
            .defer("recipe", "attestation")[:SHEET]
        ],
        "left": works.count(),
        "focus": request.GET.get("focus", ""),
        "last": _last_decision(curator),
        "decisions": [
            {"value": d.value, "button": BUTTONS[d], "meaning": MEANING[d], "reasons": USUAL_REASONS[d]}
            for d in Decision
        ],
        "reason_max_length": REASON_MAX_LENGTH,
        "media_url": settings.MEDIA_URL,
    }
    return TemplateResponse(request, "admin/curation/desk.html", context)


def _frame(work: Work) -> dict[str, object]:
    return {
        "work": work,
        "prompt": shown_prompt(work),
        "content_hash": "0x" + bytes(work.content_hash).hex(),
        "page": reverse("admin:generation_work_change", args=[work.pk]),
    }


def _last_decision(curator: Person) -> CurationDecision | None:
    """The curator's latest decision, while it is still the newest about its work: that one U takes back."""
    entry = curator.decisions.select_related("work").order_by("-created_at", "-id").first()
    if entry is None or entry.work.review_state != STATE_AFTER[Decision(entry.decision)]:
        return None
    newest = entry.work.decisions.order_by("-created_at", "-id").first()
    return entry if newest is not None and newest.pk == entry.pk else None


def _write(request: HttpRequest, *, curator: Person, shown: str) -> HttpResponse:
    focus = request.POST.get("next", "")
    try:
        entry = _undo(request, curator=curator) if "undo" in request.POST else _decide(request, curator=curator)
    except Problem as problem:
        messages.error(request, problem.detail)
        focus = request.POST.get("work", "")
    else:
        messages.success(request, f"{title_of(entry.work)}: {STATE_AFTER[Decision(entry.decision)].label}.")
        focus = str(entry.work_id) if "undo" in request.POST else focus
    return redirect(f"{reverse('admin:curation_desk')}?{urlencode({'show': shown, 'focus': focus})}")


def _decide(request: HttpRequest, *, curator: Person) -> CurationDecision:
    work = get_object_or_404(Work, pk=_identifier(request.POST.get("work", "")))
    return review_work(
        work=work,
        curator=curator,
        decision=cast("CurationDecision.Decision", request.POST.get("decision", "")),
        reason=request.POST.get("reason", ""),
        seen_state=request.POST.get("seen_state") or None,
    )


def _undo(request: HttpRequest, *, curator: Person) -> CurationDecision:
    entry = get_object_or_404(CurationDecision, pk=_identifier(request.POST.get("undo", "")))
    reason = f"Undo of “{entry.decision}” ({entry.reason})"
    return undo_decision(entry=entry, curator=curator, reason=reason[:REASON_MAX_LENGTH])


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
