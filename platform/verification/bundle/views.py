"""Downloads of exports: a person's own works, or one work that everybody may see."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Person
from generation.models import Work
from generation.views import visible_work
from verification.bundle.exporting import export_works

END = b""


@require_safe
@login_required
def export_own(request: HttpRequest) -> StreamingHttpResponse:
    """Everything that the caller made, hidden and rejected works too, with her private prompts."""
    assert isinstance(request.user, Person)
    return zip_response(Work.objects.filter(person=request.user), name="works", with_private_prompts=True)


@require_safe
def export_work(request: HttpRequest, work_id: UUID) -> StreamingHttpResponse:
    """One work, for whoever may see it; its private prompt goes to its maker alone."""
    return one_work(visible_work(request, work_id), caller=request.user.pk)


def one_work(work: Work, *, caller: UUID | None) -> StreamingHttpResponse:
    """The export of a work that the caller may see."""
    return zip_response(
        Work.objects.filter(pk=work.pk),
        name=bytes(work.content_hash).hex()[:12],
        with_private_prompts=work.person_id == caller,
    )


def zip_response(works: QuerySet[Work], *, name: str, with_private_prompts: bool) -> StreamingHttpResponse:
    """The export as a download, built while it is sent."""
    pieces = export_works(works, with_private_prompts=with_private_prompts)
    response = StreamingHttpResponse(_in_a_thread(pieces), content_type="application/zip")
    filename = f"colophon-{name}-{timezone.now():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


async def _in_a_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, made outside the event loop: they come from the database and the storage."""
    while piece := await sync_to_async(_next)(pieces):
        yield piece


def _next(pieces: Iterator[bytes]) -> bytes:
    # A StopIteration cannot come out of a thread.
    return next(pieces, END)
