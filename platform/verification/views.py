"""The page for a stranger with a file."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from api.errors import Problem
from api.form_errors import show_problem
from api.page_limits import by_address, limited_posts
from generation.studio.htmx import is_swap
from verification import services
from verification.forms import FileForm, NameForm, too_large
from verification.pictures import thumbnail
from verification.places import places_to_ask
from verification.services import Report


# Nothing is written and nobody's account is used: a form on another site may send a file here too.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@limited_posts(by_address("write"))
def verify(request: HttpRequest) -> HttpResponse:
    """Check a file (POST), or what something names (`?q=`), and say layer by layer what holds.

    A script that checks the file in the browser as well asks with `HX-Request` and is answered with the report alone.
    """
    file_form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    name_form = NameForm(_asked(request)) if _asked(request) and request.method != "POST" else NameForm()
    report: Report | None = None
    status = 200
    asked = file_form if file_form.is_bound else name_form
    if asked.is_valid():
        try:
            report = _report(asked)
        except Problem as problem:
            show_problem(asked, problem)
            status = problem.status
    elif asked.is_bound:
        status = 422
    uploaded = request.FILES.get("file")
    context = {
        "file_form": file_form,
        "name_form": name_form,
        "report": report,
        "most_bytes": settings.VERIFY_UPLOAD_MAX_BYTES,
        "too_large": too_large(),
        "file_name": uploaded.name if report and uploaded else "",
        "shown": thumbnail(uploaded) if report and uploaded and report.matches else "",
        "places": places_to_ask(),
    }
    if report is not None and is_swap(request):
        return render(request, "verification/report.html", {**context, "fragment": True})
    return render(request, "verification/verify.html", context, status=status)


def _report(form: FileForm | NameForm) -> Report:
    if isinstance(form, FileForm):
        return services.verify_file(form.cleaned_data["file"].read())
    return services.verify_content_hash(form.cleaned_data["q"])


def _asked(request: HttpRequest) -> dict[str, str] | None:
    """The question in the address; `hash` is what links of earlier releases call it."""
    text = request.GET.get("q", request.GET.get("hash"))
    return None if text is None else {"q": text}
