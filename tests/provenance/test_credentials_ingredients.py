"""Pictures made from pictures: what the credentials say of those, and the marks of uploads that they carry on."""

import io
import json
import zlib
from pathlib import Path

import c2pa
import pytest

from provenance.certificates import ClaimSigner, load_or_create_signer
from provenance.credentials import (
    COMPOSITE_WITH_TRAINED_MEDIA,
    TRAINED_ALGORITHMIC_MEDIA,
    CredentialsNotEmbedded,
    Ingredient,
    IngredientReport,
    keep_marks,
    manifest_store,
    read,
)
from tests.provenance.signed_pictures import FORMATS, ingredient, made_from, picture, signed


def test_what_was_made_from_a_picture_is_marked_as_a_composite(signer: ClaimSigner, anchors: str) -> None:
    report = read(made_from(signer, ingredient(picture())), media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.says_ai_made) == ("trusted", True)
    assert report.digital_source_type == COMPOSITE_WITH_TRAINED_MEDIA
    assert report.ingredients == (
        IngredientReport(title="Source picture", relationship="parentOf", credentials=False),
    )


def test_the_manifest_of_an_upload_is_kept(signer: ClaimSigner, anchors: str, tmp_path: Path) -> None:
    upload = signed(load_or_create_signer(tmp_path / "a stranger"))
    file = made_from(signer, ingredient(upload), ingredient(picture(), "componentOf"))
    report = read(file, media_type="image/png", anchors_pem=anchors)
    assert report.state == "trusted"
    assert [(each.relationship, each.credentials) for each in report.ingredients] == [
        ("parentOf", True),
        ("componentOf", False),
    ]
    with c2pa.Reader("image/png", io.BytesIO(file)) as reader:
        store = json.loads(reader.json())
    (kept,) = (each for label, each in store["manifests"].items() if label != store["active_manifest"])
    assert kept["title"] == "a beetle"


def test_an_upload_with_a_broken_manifest_is_still_an_ingredient(signer: ClaimSigner, anchors: str) -> None:
    upload = bytearray(signed(signer))
    at = upload.index(b"caBX")
    end = at + 4 + int.from_bytes(upload[at - 4 : at])
    upload[at + 30] ^= 0xFF
    upload[end : end + 4] = zlib.crc32(upload[at:end]).to_bytes(4)
    report = read(made_from(signer, ingredient(bytes(upload))), media_type="image/png", anchors_pem=anchors)
    assert report.state == "trusted"
    assert report.digital_source_type == COMPOSITE_WITH_TRAINED_MEDIA


def kept(data: bytes, media_type: str = "image/png") -> Ingredient:
    archive = keep_marks(data, media_type=media_type, title="An uploaded picture")
    assert archive is not None
    return Ingredient(title="", media_type="image/png", relationship="parentOf", data=b"", kept=archive)


@pytest.mark.parametrize("media_type", FORMATS)
def test_the_manifest_of_an_upload_outlives_its_file(
    media_type: str, signer: ClaimSigner, anchors: str, tmp_path: Path
) -> None:
    stranger = load_or_create_signer(tmp_path / "a stranger")
    upload = signed(stranger, media_type=media_type)
    file = made_from(signer, kept(upload, media_type), ingredient(picture(), "componentOf"))
    report = read(file, media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.digital_source_type) == ("trusted", COMPOSITE_WITH_TRAINED_MEDIA)
    assert report.ingredients == (
        IngredientReport(
            title="An uploaded picture",
            relationship="parentOf",
            credentials=True,
            signer="Colophon Content Credentials",
            digital_source_type=TRAINED_ALGORITHMIC_MEDIA,
        ),
        IngredientReport(title="Source picture", relationship="componentOf", credentials=False),
    )


def test_the_whole_manifest_of_an_upload_is_carried_on(signer: ClaimSigner, tmp_path: Path) -> None:
    upload = signed(load_or_create_signer(tmp_path / "a stranger"))
    theirs = manifest_store(upload, media_type="image/png")
    ours = manifest_store(made_from(signer, kept(upload)), media_type="image/png")
    assert theirs is not None
    assert ours is not None
    assert ours["manifests"][theirs["active_manifest"]] == theirs["manifests"][theirs["active_manifest"]]


def test_a_manifest_that_did_not_fit_its_upload_is_kept_with_that_said(signer: ClaimSigner, anchors: str) -> None:
    upload = signed(signer) + b"one more byte"
    report = read(made_from(signer, kept(upload)), media_type="image/png", anchors_pem=anchors)
    assert report.state == "trusted"
    assert "assertion.dataHash.mismatch" in report.ingredients[0].codes


@pytest.mark.parametrize("data", [picture(), b"no picture", b""], ids=["no manifest", "no picture", "empty"])
def test_nothing_is_kept_of_an_upload_without_a_manifest(data: bytes) -> None:
    assert keep_marks(data, media_type="image/png", title="") is None
    assert manifest_store(data, media_type="image/png") is None


def test_actions_are_told_in_order(signer: ClaimSigner) -> None:
    file = made_from(signer, ingredient(picture()), ingredient(picture(), "componentOf"))
    with c2pa.Reader("image/png", io.BytesIO(file)) as reader:
        assertions = reader.get_active_manifest()["assertions"]
    (actions,) = (each["data"]["actions"] for each in assertions if each["label"] == "c2pa.actions.v2")
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.placed", "c2pa.edited"]


def test_an_ingredient_that_is_no_picture_is_refused(signer: ClaimSigner) -> None:
    with pytest.raises(CredentialsNotEmbedded, match="is no picture"):
        made_from(signer, ingredient(b"no picture"))


def test_two_parents_are_refused(signer: ClaimSigner) -> None:
    with pytest.raises(CredentialsNotEmbedded, match="at most one parent"):
        made_from(signer, ingredient(picture()), ingredient(picture()))
