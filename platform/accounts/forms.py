"""Signing up, and making a key. Types only: the rules are the services'."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from api.models import Scope


class SignUpForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(
        label="Name",
        max_length=150,
        help_text="It stands under your pictures.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Choose a name."},
    )
    password = forms.CharField(
        strip=False,
        help_text="Ten characters or more.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": 10}),
        error_messages={"required": "Choose a password."},
    )


class SignInForm(AuthenticationForm):
    """Django's own, in our words."""

    error_messages = {
        "invalid_login": "This name and this password do not belong together. Check both and try again.",
        "inactive": "This account was closed. Write to the people who run this site.",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as they came
        self.fields["username"].label = "Name"
        # The prompt line is what wants to be typed into; here a wallet may be the way in.
        self.fields["username"].widget.attrs.pop("autofocus", None)


class KeyForm(forms.Form):
    """A key for a program."""

    name = forms.CharField(
        required=False, max_length=80, label="What it is for", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        initial=[Scope.READ, Scope.GENERATE, Scope.MINT],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "A key that may do nothing is of no use: choose at least one."},
    )
