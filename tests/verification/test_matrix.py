"""Pictures of ours and strangers', through everything that happens to pictures: each gets its right verdict."""

import io
import json
from collections.abc import Callable

import pytest
from django.conf import settings as configured
from django.test import Client
from PIL import Image, ImageOps
from PIL.ExifTags import Base
from PIL.PngImagePlugin import PngInfo

from api.errors import InvalidInput
from devstack import anvil
from generation.lookalikes.index import crops, whole_pictures
from generation.models import Work
from generation.publishing.pictures import publish_picture
from generation.queue import claim_jobs
from generation.services import submit_job
from generation.storage import read_bytes
from minting import contract_calls
from minting.metadata import token_metadata
from minting.models import Collection
from minting.signers import attester_address
from provenance import attestations, credentials
from provenance.certificates import load_or_create_signer
from provenance.digests import pixel_hash
from provenance.keys import load_or_create_key
from tests.verification.conftest import MODEL_HASH, OWNER, _account, _send, encoded
from tests.verification.published import MAKING, drawing, opened, publish
from verification.services import Report, verify_file

pytestmark = pytest.mark.django_db(transaction=True)
Mint = Callable[[Work, bytes], None]
OURS, STRANGERS = (11, 16, 21), (2011, 2012, 2013)


@pytest.fixture(autouse=True)
def empty_indexes() -> None:
    """Rows of another test must not be remembered."""
    whole_pictures.forget()
    crops.forget()


@pytest.fixture
def works(db: None) -> list[Work]:
    return publish((seed, drawing(seed)) for seed in OURS)


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG file by their kinds, whole."""
    place, found = 8, []
    while place < len(data):
        size = int.from_bytes(data[place : place + 4]) + 12
        found.append((data[place + 4 : place + 8], data[place : place + size]))
        place += size
    return found


def without_credentials(data: bytes) -> bytes:
    return data[:8] + b"".join(whole for kind, whole in chunks(data) if kind != b"caBX")


def flipped_in(data: bytes, kind: bytes) -> bytes:
    """One bit turned in the middle of the first chunk of a kind."""
    whole = next(whole for each, whole in chunks(data) if each == kind)
    place = data.index(whole) + len(whole) // 2
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def cropped(image: Image.Image, share: float) -> Image.Image:
    left, top = round(image.width * share), round(image.height * share)
    return image.crop((left, top, image.width - left, image.height - top))


def bordered(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, border=40, fill=(250, 248, 244))


def on_its_side(image: Image.Image) -> bytes:
    """Stored turned, with the note in its EXIF that says how to turn it back."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    return encoded(image.rotate(90, expand=True), "JPEG", quality=90, exif=exif)


CHANGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "untouched": (lambda data: data, "is_token"),
    "credentials stripped": (without_credentials, "same_pixels"),
    "saved again as PNG": (lambda data: encoded(opened(data), "PNG"), "same_pixels"),
    "a byte of the credentials flipped": (lambda data: flipped_in(data, b"caBX"), "same_pixels"),
    "JPEG 75": (lambda data: encoded(opened(data), "JPEG", quality=75), "copy"),
    "half size": (lambda data: encoded(opened(data).reduce(2), "PNG"), "copy"),
    "half size, JPEG 75": (lambda data: encoded(opened(data).reduce(2), "JPEG", quality=75), "copy"),
    "cropped by 5 %": (lambda data: encoded(cropped(opened(data), 0.05), "PNG"), "resembles"),
    "a larger screenshot": (lambda data: encoded(opened(data).resize((384, 384)), "PNG"), "copy"),
    "a screenshot with a border": (lambda data: encoded(bordered(opened(data)), "JPEG", quality=85), "copy"),
    "a larger one as WebP": (lambda data: encoded(opened(data).resize((320, 320)), "WEBP", quality=80), "copy"),
    "laid on its side by EXIF": (lambda data: on_its_side(opened(data)), "copy"),
    "an archive behind it": (lambda data: data + b"PK\x03\x04 a program", "same_pixels"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_of_our_pictures_gets_its_right_verdict(
    change: str, works: list[Work], collection: Collection, mint: Mint
) -> None:
    alter, verdict = CHANGES[change]
    for work in works:
        mint(work, token_metadata(work))
        report = verify_file(alter(read_bytes(work.file)))
        assert (report.verdict, _nearest(report)) == (verdict, str(work.pk)), report.sentence


def _nearest(report: Report) -> str | None:
    return report.work_id or next((str(match.work.pk) for match in report.matches), None)


@pytest.mark.parametrize("change", CHANGES)
def test_a_strangers_picture_never_gets_ours(change: str, works: list[Work]) -> None:
    alter, _ = CHANGES[change]
    signer = load_or_create_signer(configured.C2PA_DIR.parent / "strangers")
    for seed in STRANGERS:
        theirs = credentials.embed(
            encoded(drawing(seed), "PNG"),
            media_type="image/png",
            recipe={"prompt": "theirs"},
            attestation_document={},
            title="theirs",
            signer=signer,
        )
        report = verify_file(alter(theirs))
        assert (report.verdict, report.work_id, report.token) == ("unknown", None, None), report.sentence


def test_a_forged_manifest_with_our_own_statement_gets_nothing(works: list[Work]) -> None:
    work = works[0]
    forged = credentials.embed(
        encoded(drawing(STRANGERS[0]), "PNG"),
        media_type="image/png",
        recipe=work.recipe,
        attestation_document=work.attestation,
        title="ours, they say",
        signer=load_or_create_signer(configured.C2PA_DIR.parent / "forgers"),
    )
    report = verify_file(forged)
    codes = {layer.name: layer.code for layer in report.layers}
    assert (report.verdict, report.work_id) == ("unknown", None)
    assert codes["c2pa"] == "credentials_by_a_stranger"
    assert codes["attestation"] == "attestation_of_other_pixels"


def test_a_forged_manifest_around_our_own_pixels_is_told_from_ours(works: list[Work]) -> None:
    work = works[0]
    forged = credentials.embed(
        without_credentials(read_bytes(work.file)),
        media_type="image/png",
        recipe={**work.recipe, "prompt": "drawn by hand"},
        attestation_document=work.attestation,
        title="mine, they say",
        signer=load_or_create_signer(configured.C2PA_DIR.parent / "forgers"),
    )
    report = verify_file(forged)
    codes = {layer.name: layer.code for layer in report.layers}
    assert (report.verdict, report.work_id) == ("same_pixels", str(work.pk))
    assert (codes["c2pa"], codes["recipe"]) == ("credentials_by_a_stranger", "recipe_differs")
    assert "not everything holds: see recipe" in report.sentence


@pytest.mark.parametrize("seed", [OURS[0], STRANGERS[0]], ids=["ours", "a stranger's"])
def test_a_byte_flipped_in_the_pixels_is_called_damage(seed: int, works: list[Work]) -> None:
    data = read_bytes(works[0].file) if seed == OURS[0] else encoded(drawing(seed), "PNG")
    with pytest.raises(InvalidInput) as refused:
        verify_file(flipped_in(data, b"IDAT"))
    assert refused.value.code == "picture_damaged"


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_a_work_of_another_format_is_told_as_surely(
    kind: str, works: list[Work], collection: Collection, mint: Mint
) -> None:
    submit_job(person=works[0].person, prompt="a drawing", seed=51, output_format=kind)
    (claim,) = claim_jobs(worker="w", limit=1)
    work = publish_picture(claim=claim, index=0, image=drawing(51), making=MAKING, steps_done=1)
    mint(work, token_metadata(work))
    data = read_bytes(work.file)
    report = verify_file(data)
    assert (report.verdict, report.work_id) == ("is_token", str(work.pk))
    assert [layer.name for layer in report.layers if layer.state == "does_not_hold"] == []
    assert verify_file(encoded(opened(data), "PNG")).verdict == "same_pixels"


def test_a_strangers_picture_signed_by_a_revoked_key_gets_nothing(
    works: list[Work], collection: Collection, mint: Mint
) -> None:
    """A key that leaked and was taken back: what it signs for strangers since then is worth nothing."""
    revoked = int(works[0].attestation["message"]["createdAt"])
    (config,) = configured.CHAINS
    call = contract_calls.call("setAttesterInterval", attester_address(), 0, revoked)
    account = _account(config.rpc_urls[0])
    _send(config.rpc_urls[0], {"from": account, "to": collection.address, "data": "0x" + call.hex()})
    picture, key = drawing(STRANGERS[0]), load_or_create_key(configured.ATTESTER_KEY_FILE)
    statement = attestations.Attestation(
        pixel_hash=pixel_hash(picture),
        recipe_hash=b"\x01" * 32,
        model_hash=MODEL_HASH,
        creator=attestations.NO_CREATOR,
        created_at=revoked + 60,
    )
    signature = attestations.sign(statement, private_key=key)
    theirs = credentials.embed(
        encoded(picture, "PNG"),
        media_type="image/png",
        recipe={},
        attestation_document=attestations.document(statement, signature=signature, attester=attester_address()),
        title="theirs",
        signer=load_or_create_signer(configured.C2PA_DIR.parent / "strangers"),
    )
    report = verify_file(theirs)
    layer = next(layer for layer in report.layers if layer.name == "attestation")
    assert (report.verdict, report.work_id, layer.code) == ("unknown", None, "attester_not_valid_then")


def test_a_strangers_picture_stays_one_though_a_creator_of_ours_brings_it(works: list[Work], client: Client) -> None:
    client.force_login(works[0].person)
    file = io.BytesIO(encoded(drawing(STRANGERS[0]), "PNG"))
    file.name = "my own.png"
    answer = client.post("/api/v1/verify", {"file": file}).json()
    assert (answer["verdict"], answer["work_id"], answer["token"]) == ("unknown", None, None)


def test_a_strangers_file_named_like_our_tokens_metadata_gets_nothing(works: list[Work]) -> None:
    """Our description, moved into a stranger's file as text, makes nothing ours."""
    note = PngInfo()
    note.add_text("Description", token_metadata(works[0]).decode())
    report = verify_file(encoded(drawing(STRANGERS[0]), "PNG", pnginfo=note))
    assert (report.verdict, report.work_id, report.token) == ("unknown", None, None)


def test_another_tokens_metadata_does_not_hold(works: list[Work], collection: Collection, mint: Mint) -> None:
    mint(works[0], token_metadata(works[1]))
    report = verify_file(read_bytes(works[0].file))
    assert next(layer.code for layer in report.layers if layer.name == "metadata") == "metadata_of_something_else"
    assert "not everything holds: see metadata" in report.sentence


def test_what_a_key_signed_after_it_was_revoked_does_not_hold(
    works: list[Work], collection: Collection, mint: Mint
) -> None:
    mint(works[0], token_metadata(works[0]))
    (config,) = configured.CHAINS
    account, revoked = _account(config.rpc_urls[0]), works[0].attestation["message"]["createdAt"]
    call = contract_calls.call("setAttesterInterval", attester_address(), 0, int(revoked))
    _send(config.rpc_urls[0], {"from": account, "to": collection.address, "data": "0x" + call.hex()})
    report = verify_file(read_bytes(works[0].file))
    layer = next(layer for layer in report.layers if layer.name == "attestation")
    assert (layer.state, layer.code) == ("does_not_hold", "attester_not_valid_then")
    assert "not everything holds: see attestation" in report.sentence


def test_the_verdict_does_not_depend_on_who_brings_the_file(
    works: list[Work], collection: Collection, mint: Mint, client: Client
) -> None:
    mint(works[0], token_metadata(works[0]))
    anvil.call(configured.CHAINS[0].rpc_urls[0], "anvil_mine", hex(12))
    file = io.BytesIO(read_bytes(works[0].file))
    file.name = "found on the street.png"
    answer = client.post("/api/v1/verify", {"file": file}).json()
    assert (answer["verdict"], answer["work_id"]) == ("is_token", str(works[0].pk))
    assert answer["token"]["owner"] == OWNER
    assert json.dumps(answer["layers"]).count('"does_not_hold"') == 0
