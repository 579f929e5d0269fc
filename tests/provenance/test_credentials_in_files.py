"""What is embedded in a file is read back; what was changed since, or never signed by us, is told."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from provenance.certificates import ClaimSigner, load_or_create_signer
from provenance.credentials import (
    TRAINED_ALGORITHMIC_MEDIA,
    CredentialsNotEmbedded,
    SoftBinding,
    embed,
    read,
    writing,
)
from provenance.digests import pixel_hash
from tests.provenance.signed_pictures import ATTESTATION, FORMATS, RECIPE, picture, signed


@pytest.mark.parametrize("media_type", FORMATS)
def test_what_was_embedded_is_read_back_and_trusted(media_type: str, signer: ClaimSigner, anchors: str) -> None:
    report = read(signed(signer, media_type), media_type=media_type, anchors_pem=anchors)
    assert (report.state, report.codes) == ("trusted", ())
    assert (report.recipe, report.attestation) == (RECIPE, ATTESTATION)
    assert report.digital_source_type == TRAINED_ALGORITHMIC_MEDIA
    assert report.says_ai_made
    assert report.signer == "Colophon Content Credentials"
    assert report.signed_at is None


@pytest.mark.parametrize("media_type", FORMATS)
def test_embedding_leaves_the_pixels_alone(media_type: str, signer: ClaimSigner) -> None:
    before, after = (Image.open(io.BytesIO(data)) for data in (picture(media_type), signed(signer, media_type)))
    assert pixel_hash(before) == pixel_hash(after)


def test_a_signed_png_is_the_original_plus_one_chunk(signer: ClaimSigner) -> None:
    file = signed(signer)
    at = file.index(b"caBX") - 4
    length = 12 + int.from_bytes(file[at : at + 4], "big")
    assert file[:at] + file[at + length :] == picture()


def test_signing_twice_never_gives_the_same_bytes(signer: ClaimSigner) -> None:
    assert signed(signer) != signed(signer)


def test_a_stranger_chain_is_valid_but_not_trusted(tmp_path: Path, anchors: str) -> None:
    report = read(signed(load_or_create_signer(tmp_path / "other")), media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.codes) == ("valid", ("signingCredential.untrusted",))


def test_a_changed_picture_is_invalid(signer: ClaimSigner, anchors: str) -> None:
    file = bytearray(signed(signer))
    file[-20] ^= 1
    report = read(bytes(file), media_type="image/png", anchors_pem=anchors)
    assert report.state == "invalid"
    assert "assertion.dataHash.mismatch" in report.codes


def test_a_changed_recipe_is_invalid(signer: ClaimSigner, anchors: str) -> None:
    file = signed(signer).replace(b"18446744073709551615", b"18446744073709551614")
    report = read(file, media_type="image/png", anchors_pem=anchors)
    assert report.state == "invalid"
    assert "assertion.hashedURI.mismatch" in report.codes


def test_a_file_without_a_manifest_has_none(anchors: str) -> None:
    assert read(picture(), media_type="image/png", anchors_pem=anchors).state == "none"


def test_other_media_types_are_refused(signer: ClaimSigner) -> None:
    with pytest.raises(CredentialsNotEmbedded, match="image/gif"):
        embed(b"GIF89a", media_type="image/gif", recipe={}, attestation_document={}, title="", signer=signer)


def test_bytes_that_are_no_picture_are_refused(signer: ClaimSigner) -> None:
    with pytest.raises(CredentialsNotEmbedded):
        embed(b"no picture", media_type="image/png", recipe={}, attestation_document={}, title="", signer=signer)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_whatever_make_reading_raise(data: st.DataObject, signer: ClaimSigner, anchors: str) -> None:
    media_type = data.draw(st.sampled_from(sorted(FORMATS)))
    file = bytearray(signed(signer, media_type))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(file) - 1))
        what = data.draw(st.sampled_from(["change", "cut", "drop", "repeat"]))
        match what:
            case "change":
                file[place] = data.draw(st.integers(0, 255))
            case "cut":
                del file[max(place, 1) :]
            case "drop":
                del file[place : min(place + 40, len(file) - 1)]
            case "repeat":
                file[place:place] = file[place : place + 40]
    report = read(bytes(file), media_type=data.draw(st.sampled_from(sorted(FORMATS))), anchors_pem=anchors)
    assert report.state in {"none", "invalid", "valid", "trusted"}
    if report.state == "trusted":
        assert (report.recipe, report.attestation) == (RECIPE, ATTESTATION)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_have_no_credentials_that_hold(data: bytes) -> None:
    report = read(data, media_type="image/png", anchors_pem="")
    assert report.state in {"none", "invalid"}


def test_a_recipe_of_a_strange_shape_is_none(signer: ClaimSigner, anchors: str) -> None:
    file = embed(
        picture(),
        media_type="image/png",
        recipe=["a", "list"],  # type: ignore[arg-type] # what a stranger could have signed
        attestation_document="text",  # type: ignore[arg-type]
        title="",
        signer=signer,
    )
    report = read(file, media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.recipe, report.attestation) == ("trusted", None, None)


def test_soft_bindings_and_note_are_read_back(signer: ClaimSigner, anchors: str) -> None:
    bindings = (
        SoftBinding(algorithm="io.iscc.v0", value=b"ISCC:EEA"),
        SoftBinding(algorithm="org.colophon.dct/1", value=bytes(range(8))),
    )
    file = embed(
        picture(),
        media_type="image/png",
        recipe=RECIPE,
        attestation_document=ATTESTATION,
        title="",
        signer=signer,
        note={"watermark": {"scheme": "x"}},
        soft_bindings=bindings,
    )
    report = read(file, media_type="image/png", anchors_pem=anchors)
    assert (report.soft_bindings, report.note) == (bindings, {"watermark": {"scheme": "x"}})


def test_only_iptcs_codes_for_trained_models_are_written() -> None:
    with pytest.raises(CredentialsNotEmbedded, match="not IPTC's code"):
        writing._action("c2pa.created", source_type="http://cv.iptc.org/newscodes/digitalsourcetype/nonsense")
