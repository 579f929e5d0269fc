"""Forms of boards. Types only: the rules are the services'."""

from django import forms

from api.errors import Problem
from api.form_errors import show_problem
from generation.studio.boards import LONGEST_NAME


class BoardForm(forms.Form):
    """A board's name, and who sees it."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": "Give it a name."},
    )
    is_public = forms.BooleanField(
        required=False, label="Everybody can see it", help_text="At its own address, which stays the same."
    )


def show_name_problem(form: forms.Form, problem: Problem) -> None:
    """What is wrong with a board is wrong with its name."""
    if problem.errors:
        show_problem(form, problem)
    else:
        form.add_error("name", problem.detail)
