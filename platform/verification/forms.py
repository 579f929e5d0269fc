"""What a stranger brings: a file, or a hash."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from provenance.digests import from_hex


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


class HashForm(forms.Form):
    """The SHA-256 of a file that stays where it is."""

    hash = forms.CharField(
        label="Or the SHA-256 of a file",
        max_length=80,
        widget=forms.TextInput(
            attrs={"class": "mono", "placeholder": "0x…", "spellcheck": "false", "autocomplete": "off"}
        ),
        error_messages={"required": "Type in a SHA-256: 64 characters, 0 to 9 and a to f."},
    )

    def clean_hash(self) -> bytes:
        """The 32 bytes."""
        try:
            digest = from_hex(self.cleaned_data["hash"].strip())
        except ValueError:
            digest = b""
        if len(digest) != 32:
            raise forms.ValidationError(
                "This is not a SHA-256: it has 64 characters, 0 to 9 and a to f, with or without 0x before them."
            )
        return digest
