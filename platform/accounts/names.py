"""The rules for a person's name, which is also what she signs in with."""

import re
import unicodedata

from api.errors import FieldError

SHORTEST, LONGEST = 2, 40
"""characters; an address has 42, so nobody can take the name of a wallet that has not come yet"""
_ALLOWED = re.compile(r"[^\W_][\w.\-]*", re.UNICODE)
_INVISIBLE = frozenset("\u115f\u1160")
"""the two Hangul fillers, letters that draw nothing; the other two become these in NFKC"""
_LOOKALIKE_SCRIPTS = frozenset({"LATIN", "GREEK", "CYRILLIC"})
"""scripts that share shapes: a name of two of them is made to be taken for another (UTS #39 §5.1)"""


def normalise(name: str) -> str:
    """The form names are compared in: Unicode NFKC, case folded, so that no two people look the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def error_in(name: str) -> FieldError | None:
    """What is wrong with a name that somebody chose, or None."""
    compared = normalise(name)
    # The form that is compared and kept may be longer: one character can stand for eighteen.
    length = max(len(name), len(compared))
    if not SHORTEST <= length <= LONGEST:
        return _error("length", f"A name has {SHORTEST} to {LONGEST} characters; this one has {length}.")
    # Folding parts İ into an i and its dot, which is no letter.
    letters = "".join(character for character in compared if not unicodedata.combining(character))
    if not _ALLOWED.fullmatch(name) or not _ALLOWED.fullmatch(letters) or _INVISIBLE & set(compared):
        return _error("characters", "A name starts with a letter or digit and has only letters, digits and . _ -")
    if len(_LOOKALIKE_SCRIPTS & {_script(letter) for letter in name}) > 1:
        return _error("scripts", "A name mixes no Latin, Greek and Cyrillic letters: they can look the same.")
    return None


def _script(letter: str) -> str:
    """The script of a letter, as far as the first word of its Unicode name tells."""
    return unicodedata.name(letter, "").partition(" ")[0]


def _error(code: str, detail: str) -> FieldError:
    return FieldError(field="username", code=code, detail=detail)
