"""The layer of the C2PA manifest in the file."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from provenance.credentials import CredentialsReport, IngredientReport
from verification.reports import Layer, State, plain_date

UNSTAMPED = "There is no independent time-stamp on that signature."


def credentials_layer(report: CredentialsReport | None, *, stamped_beside: datetime | None = None) -> Layer:
    """Is the manifest whole, signed by somebody we trust, and does it say that a model made the picture?

    `stamped_beside`: when a trusted authority says that the whole file existed, by a stamp kept beside it.
    """
    if report is None:
        return Layer(
            name="c2pa",
            state="cannot_be_told",
            code="credentials_not_at_hand",
            sentence="There is no file at hand whose content credentials (C2PA) could be read.",
        )
    state, code, sentence = _judge(report, stamped_beside)
    facts = {
        "validation_state": report.state,
        "failures": list(report.codes),
        "digital_source_type": report.digital_source_type,
        "signer": report.signer,
        "time_stamp": report.signed_at,
        "time_stamp_trusted": None if report.signed_at is None else report.stamp_trusted,
        "stamped_beside": None if stamped_beside is None else stamped_beside.isoformat(),
        "made_from": [_source(each) for each in report.ingredients],
    }
    return Layer(name="c2pa", state=state, code=code, sentence=sentence, facts=facts)


def _judge(report: CredentialsReport, stamped_beside: datetime | None) -> tuple[State, str, str]:
    signer = report.signer or "somebody unnamed"
    if report.state == "none":
        return (
            "cannot_be_told",
            "credentials_absent",
            "The file has no content credentials (C2PA); many sites and programs strip them when they save.",
        )
    if report.state == "invalid":
        return (
            "does_not_hold",
            "credentials_broken",
            "The content credentials (C2PA) in the file do not fit it: it, or they, were altered or damaged.",
        )
    if report.state == "valid":
        return (
            "cannot_be_told",
            "credentials_by_a_stranger",
            f"The content credentials are whole, but signed by {signer}, whose certificate is not trusted here.",
        )
    if not report.says_ai_made:
        return (
            "does_not_hold",
            "credentials_without_ai_mark",
            f"The content credentials, signed by {signer}, do not mark the picture as made by a trained model.",
        )
    said = f"The content credentials are whole, signed by {signer}, and mark the picture as AI-made."
    return "holds", "credentials_trusted", f"{said} {_stamp(report, stamped_beside)}{_carried_on(report.ingredients)}"


def _stamp(report: CredentialsReport, beside: datetime | None) -> str:
    """Who says when it was signed."""
    if report.signed_at is not None and report.stamp_trusted:
        signed_at = datetime.fromisoformat(report.signed_at)
        return f"A time-stamp authority that is trusted here dates the signature {_minute(signed_at)}."
    if beside is not None:
        return f"A time-stamp kept beside the file, by an authority that is trusted here, dates it {_minute(beside)}."
    if report.signed_at is not None:
        said = _minute(datetime.fromisoformat(report.signed_at))
        return f"Its time-stamp says {said}, but the authority behind it is not trusted here."
    return UNSTAMPED


def _minute(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{plain_date(utc)}, {utc:%H:%M} UTC"


def _source(ingredient: IngredientReport) -> dict[str, Any]:
    """A picture that it was made from, and what that one's own credentials say."""
    return {
        "title": ingredient.title,
        "relationship": ingredient.relationship,
        "has_credentials": ingredient.credentials,
        "signer": ingredient.signer,
        "digital_source_type": ingredient.digital_source_type,
        "failures": list(ingredient.codes),
    }


def _carried_on(ingredients: Sequence[IngredientReport]) -> str:
    """What the credentials keep of the pictures that went in."""
    if not ingredients:
        return ""
    signers = [each.signer or "somebody unnamed" for each in ingredients if each.credentials]
    if not signers:
        return " It was made from another picture, which had no content credentials."
    return f" It was made from another picture, whose own content credentials, signed by {signers[0]}, it carries on."
