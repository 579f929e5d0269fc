"""What a prompt may hold."""

import unicodedata

MAX_LENGTH = 1000
"""characters, after normalisation"""

# Unicode's explicit embeddings, overrides and isolates (UAX #9 §2): they can make a text read as another one.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def normalise(text: str) -> str:
    """NFC, with line breaks, tabs and runs of spaces as one space, and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _can_be_seen(character: str) -> bool:
    """Neither white space nor one of the characters that only steer others (joiners, marks of direction, tags)."""
    return not character.isspace() and unicodedata.category(character) != "Cf"


def fault_of(text: str, *, required: bool) -> tuple[str, str] | None:
    """What is wrong with a normalised prompt: a code and a sentence; None when nothing is."""
    if required and not any(map(_can_be_seen, text)):
        return "required", "Write what the picture should show: the prompt is empty."
    if len(text) > MAX_LENGTH:
        return "too_long", f"The text has {len(text)} characters; at most {MAX_LENGTH} are possible. Shorten it."
    if any(character in _BIDI_CONTROLS for character in text):
        return (
            "direction_control",
            "The text holds invisible characters that turn its reading direction. Remove them; "  # noqa: ISC004 - a sentence
            "ordinary right-to-left writing needs none.",
        )
    # Cc: controls, Cs: halves of surrogate pairs, which no file or database can hold.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        return "control_character", "The text holds control characters. Remove them, or type the text again."
    return None
