"""A service's Problem, shown on the form that caused it."""

from collections.abc import Mapping

from django.forms import Form

from api.errors import Problem


def show_problem(form: Form, problem: Problem, *, places: Mapping[str, str] | None = None) -> None:
    """Put each of the problem's field errors beside its field, and what belongs to no field above the form.

    `places` names the form's field for those of the service that it calls otherwise, parts of them included.
    """
    for error in problem.errors:
        form.add_error(_place(form, error.field, places or {}), error.detail)
    if not problem.errors:
        form.add_error(None, problem.detail)


def _place(form: Form, field: str, places: Mapping[str, str]) -> str | None:
    if field in form.fields:
        return field
    return next((place for name, place in places.items() if field.startswith(name)), None)
