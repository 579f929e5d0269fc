"""The layers that the file and our records decide: bytes, pixels, attestation, recipe."""

from typing import Any

from minting.signers import attester_address
from provenance.attestations import Attestation, from_document, recover, signed_at
from provenance.canonical import canonical_hash
from provenance.digests import to_hex
from verification.attesters import Attester, standing_of
from verification.evidence import Evidence
from verification.pictures import Picture
from verification.reports import Layer, State, plain_date, short

VOUCHES = "A signature proves who vouches, not that a model ran."
RUN_AGAIN = "Whether that model made these pixels, only running it again can show."


def content_layer(evidence: Evidence) -> Layer:
    """Are exactly these bytes recorded here?"""
    facts: dict[str, Any] = {"sha256": to_hex(evidence.content_hash)}
    if evidence.work is None or evidence.same_pixels_only:
        return Layer(
            name="content_hash",
            state="does_not_hold",
            code="content_unknown",
            sentence="No work recorded here has exactly these bytes; a single changed byte is enough for that.",
            facts=facts,
        )
    created = evidence.work.created_at
    return Layer(
        name="content_hash",
        state="holds",
        code="content_recorded",
        sentence=f"Exactly these bytes were recorded here on {plain_date(created)}.",
        facts={**facts, "recorded_at": created.isoformat(), "review_state": evidence.work.review_state},
    )


def pixel_layer(evidence: Evidence) -> Layer:
    """Are these pixels recorded here?"""
    picture, work = evidence.picture, evidence.work
    if picture is None or not picture.pixel_hashes:
        return Layer(
            name="pixel_hash", state="cannot_be_told", code="pixels_not_at_hand", sentence=_why_no_pixels(picture)
        )
    state, code, sentence = _judge_pixels(evidence, picture)
    facts = {"found": to_hex(picture.pixel_hashes[-1]), "width": picture.width, "height": picture.height}
    if work is not None:
        facts["recorded"] = to_hex(bytes(work.pixel_hash))
    return Layer(name="pixel_hash", state=state, code=code, sentence=sentence, facts=facts)


def _why_no_pixels(picture: Picture | None) -> str:
    if picture is None:
        return "There is no file at hand whose pixels could be looked at."
    return "The file is an animation, which has no one set of pixels; works recorded here are still pictures."


def _judge_pixels(evidence: Evidence, picture: Picture) -> tuple[State, str, str]:
    if evidence.work is None:
        return (
            "does_not_hold",
            "pixels_unknown",
            "No work recorded here has exactly these pixels; scaling, cropping or lossy saving changes them.",
        )
    if bytes(evidence.work.pixel_hash) not in picture.pixel_hashes:
        return "does_not_hold", "pixels_differ", "The file shows other pixels than those that were recorded for it."
    if evidence.same_pixels_only:
        return (
            "holds",
            "pixels_recorded",
            "The pixels are exactly those of a work recorded here; the file around them is another one.",
        )
    return "holds", "pixels_recorded", "The pixels are exactly those recorded for this work."


def attestation_layer(evidence: Evidence) -> Layer:
    """Did this platform's key sign for these pixels?"""
    if evidence.attestation is None:
        return Layer(
            name="attestation",
            state="cannot_be_told",
            code="attestation_absent",
            sentence="Neither the file nor our records hold a signed statement about it.",
        )
    try:
        attestation, signature, attester = from_document(evidence.attestation)
        signer = recover(attestation, signature)
    except ValueError as error:
        return Layer(
            name="attestation",
            state="does_not_hold",
            code="attestation_malformed",
            sentence="What stands where the signed statement should be is none.",
            facts={"reason": str(error)[:200]},
        )
    standing = standing_of(signer, created_at=attestation.created_at)
    state, code, sentence = _judge_signer(evidence, attestation, attester=attester, signer=signer, standing=standing)
    facts = {
        "attester": attester,
        "recovered_signer": signer,
        "platform_attester": attester_address(),
        "attester_standing": standing.standing,
        "contract_was_asked": standing.asked,
        "valid_from": None if standing.interval is None else standing.interval.valid_from,
        "valid_until": None if standing.interval is None else standing.interval.valid_until,
        "creator": attestation.creator,
        "signed_at": signed_at(attestation).isoformat(),
        "pixel_hash": to_hex(attestation.pixel_hash),
    }
    return Layer(name="attestation", state=state, code=code, sentence=sentence, facts=facts)


def _judge_signer(
    evidence: Evidence, attestation: Attestation, *, attester: str, signer: str, standing: Attester
) -> tuple[State, str, str]:
    if signer != attester:
        return (
            "does_not_hold",
            "attestation_signature_wrong",
            f"The statement names the key {short(attester)} but that key did not sign it.",
        )
    if standing.standing == "unknown":
        return (
            "does_not_hold",
            "attester_unknown",
            f"Signed by the key {short(signer)}, which is not this platform's.",
        )
    if standing.standing == "not_valid_then":
        return (
            "does_not_hold",
            "attester_not_valid_then",
            f"Signed by the key {short(signer)}, which the contract does not trust for that time: it was revoked.",
        )
    if evidence.picture is not None and attestation.pixel_hash not in evidence.picture.pixel_hashes:
        return (
            "does_not_hold",
            "attestation_of_other_pixels",
            "The statement is signed by this platform's key, but it is about other pixels.",
        )
    date = plain_date(signed_at(attestation))
    whose = "this platform's key" if standing.standing == "current" else "a former key of this platform,"
    return (
        "holds",
        "attestation_signed",
        f"Signed by {whose} {short(signer)}, which dates it {date}. {VOUCHES}",
    )


def recipe_layer(evidence: Evidence) -> Layer:
    """Is this the recipe whose hash was signed?"""
    if evidence.recipe is None:
        return Layer(
            name="recipe",
            state="cannot_be_told",
            code="recipe_absent",
            sentence="Neither the file nor our records hold a recipe for it.",
        )
    try:
        computed = canonical_hash(evidence.recipe)
    except ValueError:
        computed = None
    attestation = _attestation_or_none(evidence.attestation)
    state, code, sentence = _judge_recipe(evidence, computed, attestation)
    facts = {
        "computed": None if computed is None else to_hex(computed),
        "signed": None if attestation is None else to_hex(attestation.recipe_hash),
        "signed_model_hash": None if attestation is None else to_hex(attestation.model_hash),
        "recorded": None if evidence.work is None else to_hex(bytes(evidence.work.recipe_hash)),
    }
    return Layer(name="recipe", state=state, code=code, sentence=sentence, facts=facts)


def _judge_recipe(
    evidence: Evidence, computed: bytes | None, attestation: Attestation | None
) -> tuple[State, str, str]:
    if attestation is None:
        return "cannot_be_told", "recipe_unsigned", "There is a recipe, but no signed statement to compare it with."
    recorded = attestation.recipe_hash if evidence.work is None else bytes(evidence.work.recipe_hash)
    if computed is None or computed != attestation.recipe_hash or computed != recorded:
        return "does_not_hold", "recipe_differs", "The recipe is not the one whose hash was signed."
    model = evidence.recipe.get("model") if evidence.recipe is not None else None
    if not isinstance(model, dict) or model.get("model_hash") != to_hex(attestation.model_hash):
        return "does_not_hold", "model_differs", "The recipe names another model than the signed statement."
    return "holds", "recipe_signed", f"The recipe is the one whose hash was signed. {RUN_AGAIN}"


def _attestation_or_none(value: object) -> Attestation | None:
    try:
        return from_document(value)[0]
    except ValueError:
        return None
