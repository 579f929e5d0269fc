"""The page for a stranger with a file."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from api.errors import Problem
from api.form_errors import show_problem
from api.page_limits import by_address, limited_posts
from verification import services
from verification.forms import FileForm, HashForm, too_large
from verification.services import Report


# Nothing is written and nobody's account is used: a form on another site may send a file here too.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@limited_posts(by_address("write"))
def verify(request: HttpRequest) -> HttpResponse:
    """Check a file (POST) or a hash (`?hash=`) and say layer by layer what holds."""
    file_form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    hash_form = HashForm(request.GET) if "hash" in request.GET and request.method != "POST" else HashForm()
    report: Report | None = None
    status = 200
    asked = file_form if file_form.is_bound else hash_form
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
        "hash_form": hash_form,
        "report": report,
        "most_bytes": settings.VERIFY_UPLOAD_MAX_BYTES,
        "too_large": too_large(),
        "file_name": uploaded.name if report and uploaded else "",
    }
    return render(request, "verification/verify.html", context, status=status)


def _report(form: FileForm | HashForm) -> Report:
    if isinstance(form, FileForm):
        return services.verify_file(form.cleaned_data["file"].read())
    return services.verify_content_hash(form.cleaned_data["hash"])
