"""Regular expressions that operators write, and names of wildcards."""

import re
from functools import lru_cache
from typing import Any

import regex
from django.core.exceptions import ValidationError

SECONDS = 0.1
"""one pattern may take so long on one prompt"""
WILDCARD_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


def check_pattern(pattern: str) -> None:
    """Raise ValidationError unless this is a regular expression that does not match everything."""
    try:
        found = regex.search(pattern, "", flags=regex.IGNORECASE)
    except regex.error as error:
        raise ValidationError(f"This is not a regular expression: {error}.") from error
    if found:
        raise ValidationError("This pattern matches the empty text, so it would match every prompt.")


def check_wildcard_name(name: str) -> None:
    """Raise ValidationError for a name that could not be written between `__`."""
    if not WILDCARD_NAME.fullmatch(name):
        raise ValidationError("Use small letters and digits, with single underscores between them.")


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text, whatever the case. Raises TimeoutError after SECONDS."""
    return bool(_compiled(pattern).search(text, timeout=SECONDS))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - regex ships no types
    return regex.compile(pattern, flags=regex.IGNORECASE)
