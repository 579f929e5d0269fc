"""The layer of the C2PA manifest in the file."""

from provenance.credentials import CredentialsReport
from verification.reports import Layer, State

UNSTAMPED = "There is no independent time-stamp on that signature."


def credentials_layer(report: CredentialsReport | None) -> Layer:
    """Is the manifest whole, signed by somebody we trust, and does it say that a model made the picture?"""
    if report is None:
        return Layer(
            name="c2pa",
            state="cannot_be_told",
            code="credentials_not_at_hand",
            sentence="There is no file at hand whose content credentials (C2PA) could be read.",
        )
    state, code, sentence = _judge(report)
    facts = {
        "validation_state": report.state,
        "failures": list(report.codes),
        "digital_source_type": report.digital_source_type,
        "signer": report.signer,
        "time_stamp": report.signed_at,
    }
    return Layer(name="c2pa", state=state, code=code, sentence=sentence, facts=facts)


def _judge(report: CredentialsReport) -> tuple[State, str, str]:
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
    stamped = "" if report.signed_at else f" {UNSTAMPED}"
    return (
        "holds",
        "credentials_trusted",
        f"The content credentials are whole, signed by {signer}, and mark the picture as AI-made.{stamped}",
    )
