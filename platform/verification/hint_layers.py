"""The layers that hint where a changed copy comes from: the invisible mark, and what the picture looks like.

Neither proves anything (law 8): a mark can be removed, and pictures may look alike by chance.
"""

from typing import Any

from api.links import endpoint
from generation.lookalikes import Match
from provenance import watermarks
from verification.evidence import PUBLIC, Evidence
from verification.reports import Layer

HINT = "A mark is a hint where to look, never a proof."


def watermark_layer(evidence: Evidence) -> Layer:
    """Do the pixels spell an id that was issued here?"""
    picture, mark = evidence.picture, evidence.mark
    if picture is None or picture.image is None:
        sentence = "There is no still picture at hand in which a mark could be looked for."
        return Layer(name="watermark", state="cannot_be_told", code="watermark_not_at_hand", sentence=sentence)
    if mark is not None:
        facts = {"work_id": _public_id(evidence), "wrong_bits": mark.wrong_bits, "bits": watermarks.BITS}
        sentence = f"The pixels carry the invisible mark of a work made here. {HINT}"
        return Layer(name="watermark", state="holds", code="watermark_found", sentence=sentence, facts=facts)
    if min(picture.image.size) < watermarks.MIN_SIDE:
        sentence = "The picture is too small for an invisible mark to be found in it."
        return Layer(name="watermark", state="cannot_be_told", code="too_small_for_a_mark", sentence=sentence)
    return Layer(
        name="watermark",
        state="does_not_hold",
        code="watermark_absent",
        sentence="The pixels carry no mark of a work made here. Cropping loses it, and it can be removed.",
    )


def look_alike_layer(evidence: Evidence) -> Layer:
    """Do works that are shown here look like it?"""
    picture = evidence.picture
    if picture is None or picture.image is None:
        sentence = "There is no still picture at hand that could be compared."
        return Layer(name="look_alikes", state="cannot_be_told", code="nothing_to_compare", sentence=sentence)
    if not evidence.matches:
        sentence = "No work shown here looks like it."
        return Layer(name="look_alikes", state="does_not_hold", code="no_look_alikes", sentence=sentence)
    facts = {"matches": [match_as_json(match) for match in evidence.matches]}
    count = len(evidence.matches)
    those = "One work here looks" if count == 1 else f"{count} works here look"
    sentence = f"{those} like it, compared picture by picture."
    return Layer(name="look_alikes", state="holds", code="look_alikes_found", sentence=sentence, facts=facts)


def match_as_json(match: Match) -> dict[str, Any]:
    """A look-alike as it stands in a report."""
    return {
        "work_id": str(match.work.pk),
        "url": endpoint("works", match.work.pk),
        "kind": match.kind,
        "distance": match.distance,
        "correlation": f"{match.correlation:.3f}",
    }


def _public_id(evidence: Evidence) -> str | None:
    work = evidence.mark.work if evidence.mark is not None else None
    return None if work is None or work.review_state not in PUBLIC else str(work.pk)
