import io
import json
import stat
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import c2pa
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from provenance.certificates import (
    BadCertificateChain,
    ClaimSigner,
    load_or_create_anchors,
    load_or_create_signer,
    load_remote_signer,
)
from provenance.credentials import (
    COMPOSITE_WITH_TRAINED_MEDIA,
    TRAINED_ALGORITHMIC_MEDIA,
    CredentialsNotEmbedded,
    Ingredient,
    IngredientReport,
    SoftBinding,
    embed,
    keep_marks,
    manifest_store,
    read,
    writing,
)
from provenance.digests import pixel_hash

RECIPE = {"schema": "org.colophon.recipe/1", "prompt": "ein Käfer 🪲", "seed": "18446744073709551615"}
ATTESTATION = {"primary_type": "Attestation", "message": {"createdAt": "1"}}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "c2pa"


@pytest.fixture(scope="module")
def signer(folder: Path) -> ClaimSigner:
    return load_or_create_signer(folder)


@pytest.fixture(scope="module")
def anchors(folder: Path) -> str:
    return load_or_create_anchors(folder)


def picture(media_type: str = "image/png") -> bytes:
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((64, 48)).save(file, FORMATS[media_type])
    return file.getvalue()


def signed(signer: ClaimSigner, media_type: str = "image/png") -> bytes:
    return embed(
        picture(media_type),
        media_type=media_type,
        recipe=RECIPE,
        attestation_document=ATTESTATION,
        title="a beetle",
        signer=signer,
    )


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


def test_broken_chain_files_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "chain.pem").write_text((folder / "chain.pem").read_text())
    with pytest.raises(BadCertificateChain, match=r"leaf\.key cannot be read"):
        load_or_create_signer(tmp_path)


def test_a_key_of_another_leaf_is_refused(signer: ClaimSigner, folder: Path, tmp_path: Path) -> None:
    load_or_create_signer(tmp_path / "c2pa")
    (tmp_path / "c2pa" / "chain.pem").write_text((folder / "chain.pem").read_text())
    with pytest.raises(BadCertificateChain, match="is not the key of the first certificate"):
        load_or_create_signer(tmp_path / "c2pa")


def test_the_keys_are_the_owners_alone(signer: ClaimSigner, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {"chain.pem", "leaf.key", "root.pem"}


def test_starters_at_the_same_time_get_one_chain(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: load_or_create_signer(tmp_path / "c2pa"), range(8)))
    assert len({signer.key_pem for signer in signers}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c2pa"]


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


def ingredient(data: bytes, relationship: Literal["parentOf", "componentOf"] = "parentOf") -> Ingredient:
    return Ingredient(title="Source picture", media_type="image/png", relationship=relationship, data=data)


def made_from(signer: ClaimSigner, *ingredients: Ingredient) -> bytes:
    return embed(
        picture(),
        media_type="image/png",
        recipe=RECIPE,
        attestation_document=ATTESTATION,
        title="another beetle",
        signer=signer,
        ingredients=ingredients,
    )


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


def remote(folder: Path, sign: Callable[[bytes], bytes]) -> ClaimSigner:
    """As with a key service: the chain is at hand, the key is not."""
    (folder / "remote").mkdir()
    for name in ("chain.pem", "root.pem"):
        (folder / "remote" / name).write_text((folder / "c2pa" / name).read_text())
    return load_remote_signer(folder / "remote", sign=sign)


def key_of(folder: Path) -> ec.EllipticCurvePrivateKey:
    load_or_create_signer(folder / "c2pa")
    key = serialization.load_pem_private_key((folder / "c2pa/leaf.key").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def test_a_key_service_signs(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    service = remote(tmp_path, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
    anchors = load_or_create_anchors(tmp_path / "c2pa")
    report = read(signed(service), media_type="image/png", anchors_pem=anchors)
    assert (report.state, report.recipe) == ("trusted", RECIPE)


def test_a_key_service_that_fails_is_the_reason_given(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    calls = iter([True])

    def sign(data: bytes) -> bytes:
        if next(calls, False):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        raise ConnectionError("the key service is away")

    service = remote(tmp_path, sign)
    with pytest.raises(CredentialsNotEmbedded, match="the key service is away"):
        signed(service)


def test_a_key_service_with_another_key_is_refused(tmp_path: Path) -> None:
    key_of(tmp_path)
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(BadCertificateChain, match="no signature by the first certificate"):
        remote(tmp_path, lambda data: stranger.sign(data, ec.ECDSA(hashes.SHA256())))
