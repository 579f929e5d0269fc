"""What every page needs: hashes in a readable form, file addresses, placeholders, icons."""

import base64
import binascii
import json
import re
from collections.abc import Container
from datetime import UTC, datetime
from decimal import Decimal

from django import template
from django.core.files.storage import default_storage
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from generation.models import Work
from provenance.digests import to_hex

register = template.Library()


@register.filter(name="hex")
def hex_digest(digest: bytes) -> str:
    """`0x` and the whole digest in hex."""
    return to_hex(digest)


@register.filter
def short_hash(value: str) -> str:
    """`0x`, the first and the last six characters of a hash, address or CID."""
    body = value.removeprefix("0x")
    prefix = "0x" if value.startswith("0x") else ""
    return value if len(body) <= 13 else f"{prefix}{body[:6]}…{body[-6:]}"


@register.inclusion_tag("parts/hash.html")
def whole_hash(value: str, name: str) -> dict[str, str]:
    """First and last six, a copy button, and the whole value on demand. `name` is what is copied, for the ear."""
    return {"value": value, "name": name}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative drawing from the sprite; a word always stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.filter
def average_colour(thumbhash: str) -> str:
    """The picture's mean colour as `rgb(r g b)`, read from the first three bytes of its ThumbHash.

    The empty string when the ThumbHash cannot be read: then the page's own mat colour shows.
    """
    try:
        first, second, third = base64.b64decode(thumbhash, validate=True)[:3]
    except (ValueError, binascii.Error):
        return ""
    header = first | second << 8 | third << 16
    luminance = (header & 63) / 63
    yellow_blue = ((header >> 6) & 63) / 31.5 - 1
    red_green = ((header >> 12) & 63) / 31.5 - 1
    blue = luminance - 2 / 3 * yellow_blue
    red = (3 * luminance - blue + red_green) / 2
    channels = (red, red - red_green, blue)
    return "rgb({} {} {})".format(*(round(255 * min(1, max(0, channel))) for channel in channels))


@register.filter
def aspect(subject: object) -> str:
    """Width over height of a work or a job, for CSS."""
    width, height = getattr(subject, "width", 1), getattr(subject, "height", 1)
    return f"{width / height:.4f}"


@register.filter
def media_url(path: str) -> str:
    """The address of a preview in the media storage."""
    return str(default_storage.url(path))


@register.filter
def length_class(text: str) -> str:
    """How large a prompt can be set as a title: empty, `long` or `very-long`."""
    if len(text) > 220:
        return "very-long"
    return "long" if len(text) > 70 else ""


@register.filter
def plain_number(value: Decimal) -> str:
    """A decimal without trailing zeros: 7.5, 2."""
    return f"{value.normalize():f}"


@register.filter
def coin(value: Decimal) -> str:
    """An amount of a chain's coin for the eye: two significant digits, never as an exponent."""
    if not value:
        return "0"
    digits = max(0, 1 - value.adjusted())
    return f"{round(value, digits):f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


@register.filter
def percent(basis_points: int) -> str:
    """Hundredths of a percent as percent: 5, 7.5, 10."""
    return plain_number(Decimal(basis_points) / 100)


@register.filter
def epoch(seconds: str | int) -> datetime:
    """Seconds since the epoch as a UTC time."""
    return datetime.fromtimestamp(int(seconds), tz=UTC)


@register.filter
def title_for(work: Work, viewer: object) -> str:
    """The work's prompt, or a plain note in its place when it is private and the viewer is not its maker."""
    if work.private_prompt and getattr(viewer, "pk", None) != work.person_id:
        return "Untitled, prompt kept private"
    return work.prompt


@register.filter
def is_in(value: object, group: Container[object]) -> bool:
    """Whether a group holds a value, for use in `with`."""
    return value in group


@register.filter
def token_id(content_hash: bytes) -> str:
    """The token's id, which is the picture's SHA-256 as an integer (law 3)."""
    return str(int.from_bytes(bytes(content_hash), "big"))


@register.filter
def pretty_json(value: object) -> str:
    """JSON for the eye: keys in the canonical order, indented."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


@register.filter
def seconds_until(start: datetime, end: datetime) -> str:
    """How long something took: `8.4 seconds`, `3 minutes 20 seconds`."""
    seconds = (end - start).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} seconds"
    return f"{int(seconds // 60)} minutes {int(seconds % 60)} seconds"


VERDICT_STATES = {"is_token": "holds", "is_work": "holds", "same_pixels": "holds"}


@register.filter
def verdict_state(verdict: str) -> str:
    """Which of the three states a report's verdict is shown as. What nobody here knows, cannot be told."""
    return VERDICT_STATES.get(verdict, "cannot_be_told")


@register.filter
def token_hex(token_id: str) -> str:
    """A token's decimal id as `0x` and 64 digits, as nodes spell it."""
    return f"0x{int(token_id):064x}"


@register.filter
def words(name: str) -> str:
    """A field's name as words: `content_hash` is `content hash`."""
    return name.replace("_", " ")


@register.filter
def breakable(name: str) -> SafeString:
    """A class name that may be broken before its capitals, as `FlowMatch|Euler|Discrete|Scheduler`."""
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in re.split(r"(?<=[a-z])(?=[A-Z])", name)))
