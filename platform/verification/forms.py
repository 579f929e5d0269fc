"""What a stranger brings: a file, or something that names it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from api.errors import InvalidInput
from verification.naming import LONGEST, content_hash_named


def too_large() -> str:
    """What is said about a file that is larger than the site checks, by the page and by its script."""
    limit = filesizeformat(settings.VERIFY_UPLOAD_MAX_BYTES)
    return (
        f"This file is larger than the {limit} that are checked here. "
        "Its SHA-256 can be checked instead: type it in below."
    )


class FileForm(forms.Form):
    """A picture to be checked. It is read, hashed and forgotten."""

    file = forms.FileField(
        label="Drop a picture here, or choose one",
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={
            "required": "Choose a picture first.",
            "empty": "This file is empty: there is nothing to check.",
        },
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse what is larger than the site checks."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is None or file.size > settings.VERIFY_UPLOAD_MAX_BYTES:
            raise forms.ValidationError(too_large())
        return file


class NameForm(forms.Form):
    """Something that names a work or a token; the file stays where it is."""

    q = forms.CharField(
        label="Or a SHA-256, a token, a transaction or a page’s address",
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"class": "mono", "placeholder": "0x…", "spellcheck": "false", "autocomplete": "off"}
        ),
        error_messages={"required": "Paste something that names the work first."},
    )

    def clean_q(self) -> bytes:
        """The content hash, 32 bytes."""
        try:
            return content_hash_named(self.cleaned_data["q"])
        except InvalidInput as problem:
            raise forms.ValidationError(problem.detail) from problem
