import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_account import Account
from PIL import Image, ImageOps
from pytest_django import Settings

from api.errors import InvalidInput
from devstack import anvil
from generation.models import StoredFile, Work
from minting.models import Collection
from provenance.digests import content_hash, to_hex
from tests.verification.conftest import OWNER, Made, MakeFile, MakeWork, encoded
from verification.services import Layer, Report, verify_content_hash, verify_file

Mint = Callable[[Work, bytes], None]
Burn = Callable[[Work], int]


LOOKED_AT_ELSEWHERE = ("watermark", "look_alikes", "reexecution")
"""in test_matrix.py and reexecution/test_reexecution_layer.py"""


def states(report: Report) -> dict[str, str]:
    return {layer.name: layer.state for layer in report.layers if layer.name not in LOOKED_AT_ELSEWHERE}


def layer(report: Report, name: str) -> Layer:
    return next(each for each in report.layers if each.name == name)


def metadata_of(work: Work) -> bytes:
    return json.dumps({"name": "a", "colophon": {"content_hash": to_hex(bytes(work.content_hash))}}).encode()


def test_a_recorded_file_is_a_work(made: Made, work: Work) -> None:
    report = verify_file(made.data)
    assert report.verdict == "is_work"
    assert report.work_id == str(work.pk)
    assert report.content_hash == to_hex(content_hash(made.data))
    assert report.token is None
    assert states(report) == {
        "content_hash": "holds",
        "pixel_hash": "holds",
        "c2pa": "holds",
        "attestation": "holds",
        "recipe": "holds",
        "chain": "does_not_hold",
    }


def test_who_signed_and_when_is_said(made: Made, work: Work) -> None:
    attestation = layer(verify_file(made.data), "attestation")
    assert attestation.facts["recovered_signer"] == attestation.facts["platform_attester"]
    assert attestation.facts["signed_at"] == "2026-11-22T12:03:20+00:00"
    assert "22 November 2026" in attestation.sentence


def test_a_minted_file_is_a_token(made: Made, work: Work, collection: Collection, mint: Mint) -> None:
    mint(work, metadata_of(work))
    report = verify_file(made.data)
    assert report.verdict == "is_token"
    assert set(states(report).values()) == {"holds"}
    assert report.token is not None
    assert report.token["owner"] == OWNER
    assert report.token["token_id"] == str(int.from_bytes(content_hash(made.data)))
    assert report.token["collection"]["address"] == collection.address


def test_a_young_token_is_said_not_to_be_final(
    made: Made, work: Work, collection: Collection, mint: Mint, settings: Settings
) -> None:
    mint(work, metadata_of(work))
    assert layer(verify_file(made.data), "chain").sentence.endswith("0 of 12 blocks lie on top of it.")
    (config,) = settings.CHAINS
    anvil.call(config.rpc_urls[0], "anvil_mine", hex(12))
    assert "final" not in layer(verify_file(made.data), "chain").sentence


def test_the_token_is_found_though_the_record_is_lost(
    made: Made, work: Work, collection: Collection, mint: Mint
) -> None:
    mint(work, metadata_of(work))
    work.delete()
    report = verify_file(made.data)
    assert report.verdict == "is_token"
    assert (report.work_id, states(report)["content_hash"]) == (None, "does_not_hold")
    assert (states(report)["attestation"], states(report)["chain"]) == ("holds", "holds")


def test_metadata_of_another_picture_does_not_hold(
    made: Made, work: Work, collection: Collection, mint: Mint
) -> None:
    mint(work, b'{"colophon":{"content_hash":"0x00"}}')
    report = verify_file(made.data)
    assert layer(report, "metadata").code == "metadata_of_something_else"
    assert "not everything holds: see metadata" in report.sentence


def test_a_token_that_was_burnt_is_said_to_be_so_and_by_which_block(
    made: Made, work: Work, collection: Collection, mint: Mint, burn: Burn
) -> None:
    mint(work, metadata_of(work))
    block = burn(work)
    report = verify_file(made.data)
    said = layer(report, "chain")
    assert (said.state, said.code, said.facts["burnt_block"]) == ("does_not_hold", "token_burnt", block)
    assert said.sentence == (
        f"There was a token with this hash as its id in First light, which was burnt in block {block}: nobody owns "
        "it, and none can be made of it there again."
    )
    assert (report.verdict, report.token) == ("is_work", None)
    assert report.sentence.startswith(
        f"This exact file was made here; its token in First light was burnt in block {block}."
    )


def test_a_copy_of_the_pixels_of_a_burnt_token_says_the_same(
    made: Made, work: Work, collection: Collection, mint: Mint, burn: Burn
) -> None:
    mint(work, metadata_of(work))
    block = burn(work)
    report = verify_file(encoded(made.image, "PNG"))
    assert report.verdict == "same_pixels"
    assert f"a work recorded here (its token in First light was burnt in block {block}), but" in report.sentence


def test_a_burnt_token_of_a_work_that_is_not_known_here_is_not_passed_over(
    made: Made, work: Work, collection: Collection, mint: Mint, burn: Burn
) -> None:
    mint(work, metadata_of(work))
    block, digest = burn(work), bytes(work.content_hash)
    work.delete()
    report = verify_content_hash(digest)
    assert report.verdict == "unknown"
    assert report.sentence.endswith(f"but its token in First light was burnt in block {block}.")


def test_lost_metadata_cannot_be_told(made: Made, work: Work, collection: Collection, mint: Mint) -> None:
    mint(work, metadata_of(work))
    StoredFile.objects.filter(media_type="application/json").exclude(pk=work.recipe_file_id).delete()
    assert layer(verify_file(made.data), "metadata").code == "metadata_not_at_hand"


def test_a_chain_that_does_not_answer_is_not_taken_for_no_token(
    made: Made, work: Work, collection: Collection, settings: Settings
) -> None:
    (config,) = settings.CHAINS
    settings.CHAINS = (replace(config, rpc_urls=("http://127.0.0.1:9",)),)
    report = verify_file(made.data)
    assert (layer(report, "chain").state, layer(report, "chain").code) == ("cannot_be_told", "chain_unavailable")
    assert report.verdict == "is_work"


@pytest.mark.parametrize(
    "save",
    [
        lambda image: encoded(image, "PNG"),
        lambda image: encoded(image, "WEBP", lossless=True),
        lambda image: encoded(ImageOps.grayscale(image), "PNG"),
        lambda image: encoded(image.convert("RGBA"), "PNG"),
        lambda image: encoded(image.quantize(256, dither=Image.Dither.NONE), "PNG"),
    ],
    ids=["png", "webp", "grey", "opaque alpha", "palette"],
)
def test_a_lossless_copy_without_its_note_has_the_same_pixels(
    save: Callable[[Image.Image], bytes], made: Made, work: Work
) -> None:
    report = verify_file(save(made.image))
    assert (report.verdict, report.work_id) == ("same_pixels", str(work.pk))
    assert states(report) == {
        "content_hash": "does_not_hold",
        "pixel_hash": "holds",
        "c2pa": "cannot_be_told",
        "attestation": "holds",
        "recipe": "holds",
        "chain": "does_not_hold",
    }


def test_a_stripped_copy_still_finds_the_token(made: Made, work: Work, collection: Collection, mint: Mint) -> None:
    mint(work, metadata_of(work))
    report = verify_file(encoded(made.image, "PNG"))
    assert report.verdict == "same_pixels"
    assert report.token is not None
    assert report.token["token_id"] == str(int.from_bytes(bytes(work.content_hash)))


def test_an_appended_archive_does_not_pass_for_the_file(made: Made, work: Work) -> None:
    report = verify_file(made.data + b"PK\x03\x04 and so on")
    assert report.verdict == "same_pixels"
    assert states(report)["c2pa"] == "does_not_hold"


def test_a_lossy_copy_is_unknown(made: Made, work: Work) -> None:
    report = verify_file(encoded(made.image, "JPEG", quality=90))
    assert (report.verdict, report.work_id, report.token) == ("unknown", None, None)
    assert states(report)["pixel_hash"] == "does_not_hold"


def test_a_strangers_picture_is_unknown(db: None) -> None:
    report = verify_file(encoded(Image.new("RGB", (9, 9), "red"), "PNG"))
    assert report.verdict == "unknown"
    assert states(report)["attestation"] == "cannot_be_told"
    assert states(report)["recipe"] == "cannot_be_told"


def test_a_note_signed_by_another_key_does_not_hold(db: None, make_file: MakeFile) -> None:
    report = verify_file(make_file(attester_key=bytes(Account.create().key)).data)
    assert report.verdict == "unknown"
    assert layer(report, "attestation").code == "attester_unknown"


def test_our_own_file_without_a_record_is_unknown_but_its_note_holds(db: None, made: Made) -> None:
    report = verify_file(made.data)
    assert report.verdict == "unknown"
    assert (states(report)["c2pa"], states(report)["attestation"], states(report)["recipe"]) == ("holds",) * 3


def test_a_note_moved_to_another_picture_does_not_hold(db: None, made: Made, make_file: MakeFile) -> None:
    other = make_file(seed=30)
    at = made.data.index(b"caBX") - 4
    chunk = made.data[at : at + 12 + int.from_bytes(made.data[at : at + 4], "big")]
    place = other.data.index(b"caBX") - 4
    bare = encoded(other.image, "PNG")
    report = verify_file(bare[:place] + chunk + bare[place:])
    assert layer(report, "c2pa").code == "credentials_broken"
    assert layer(report, "attestation").code == "attestation_of_other_pixels"


def test_a_hidden_works_page_is_not_given_away(made: Made, record: MakeWork) -> None:
    record(made, review_state="hidden")
    report = verify_file(made.data)
    assert (report.verdict, report.work_id) == ("is_work", None)


def test_a_private_prompt_is_nowhere_in_the_report(make_file: MakeFile, record: MakeWork) -> None:
    private = make_file(private=True)
    record(private)
    assert "teal" not in repr(verify_file(private.data))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"hello", "not_a_picture"),
        (b"\x89PNG\r\n\x1a\n", "picture_damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (encoded(Image.new("P", (2, 2)), "GIF"), "not_a_picture"),
        (encoded(Image.new("1", (5000, 5000)), "PNG"), "too_many_pixels"),
        (encoded(Image.new("1", (40_000, 40_000)), "PNG"), "too_many_pixels"),
        (encoded(Image.effect_noise((64, 64), 9), "PNG")[:900], "picture_damaged"),
        (encoded(Image.effect_noise((64, 64), 9), "JPEG")[:900], "picture_damaged"),
    ],
    ids=["empty", "text", "header only", "svg", "gif", "25 million", "bomb", "cut png", "cut jpeg"],
)
def test_what_cannot_be_decoded_is_refused_clearly(data: bytes, code: str, db: None) -> None:
    with pytest.raises(InvalidInput) as raised:
        verify_file(data)
    assert [(error.field, error.code) for error in raised.value.errors] == [("file", code)]


def test_a_file_over_the_limit_is_refused(made: Made, settings: Settings, db: None) -> None:
    settings.VERIFY_UPLOAD_MAX_BYTES = len(made.data) - 1
    with pytest.raises(InvalidInput) as raised:
        verify_file(made.data)
    assert (raised.value.code, raised.value.status) == ("file_too_large", 413)


def test_an_animation_has_no_pixels_to_compare(made: Made, work: Work) -> None:
    frames = [made.image, ImageOps.mirror(made.image)]
    report = verify_file(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    assert report.verdict == "unknown"
    assert states(report)["pixel_hash"] == "cannot_be_told"


def test_nothing_of_an_upload_is_kept(made: Made, db: None) -> None:
    verify_file(made.data)
    assert (StoredFile.objects.count(), Work.objects.count()) == (0, 0)
