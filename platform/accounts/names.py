"""The rules for a person's name, which is also what she signs in with."""

import re
import unicodedata

from api.errors import FieldError

SHORTEST, LONGEST = 2, 40
"""characters; an address has 42, so nobody can take the name of a wallet that has not come yet"""
_ALLOWED = re.compile(r"[^\W_][\w.\-]*", re.UNICODE)


def normalise(name: str) -> str:
    """The form names are compared in: Unicode NFKC, case folded, so that no two people look the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def error_in(name: str) -> FieldError | None:
    """What is wrong with a name that somebody chose, or None."""
    if not SHORTEST <= len(name) <= LONGEST:
        return _error("length", f"A name has {SHORTEST} to {LONGEST} characters; this one has {len(name)}.")
    if not _ALLOWED.fullmatch(name):
        return _error("characters", "A name starts with a letter or digit and has only letters, digits and . _ -")
    return None


def _error(code: str, detail: str) -> FieldError:
    return FieldError(field="username", code=code, detail=detail)
