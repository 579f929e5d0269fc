"""A service's Problem, shown on the form that caused it."""

from django.forms import Form

from api.errors import Problem


def show_problem(form: Form, problem: Problem) -> None:
    """Put each of the problem's field errors beside its field, and what belongs to no field above the form."""
    for error in problem.errors:
        form.add_error(error.field if error.field in form.fields else None, error.detail)
    if not problem.errors:
        form.add_error(None, problem.detail)
