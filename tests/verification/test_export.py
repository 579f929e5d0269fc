"""Exports (law 10): with the platform gone, a creator's works still prove themselves, and damage shows."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from eth_account import Account
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from accounts.models import Person
from generation.models import Work
from minting.metadata import token_metadata
from minting.models import Collection, Mint
from provenance import attestations
from tests.verification.conftest import OWNER, MakeFile, MakeWork, encoded
from verification.bundle import verify

Minting = Callable[[Work, bytes], None]


def checked(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the export's own verifier with no package in reach; its exit status and what it printed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def unpack(tmp_path: Path) -> Callable[[bytes], Path]:
    """Unpack a zip; the folder in it."""

    def unpack(data: bytes) -> Path:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked/colophon-export"

    return unpack


@pytest.fixture
def exported(tmp_path: Path, unpack: Callable[[bytes], Path]) -> Callable[..., Path]:
    """Export by the command and unpack."""

    def export(**options: str) -> Path:
        call_command("export", str(tmp_path / "export.zip"), **options)
        return unpack((tmp_path / "export.zip").read_bytes())

    return export


def test_an_export_is_checked_without_any_package(work: Work, exported: Callable[..., Path]) -> None:
    status, text = checked(exported())
    assert status == 0, text
    assert [line.split()[:2] for line in text.splitlines() if line.startswith("  ")] == [
        ["holds", "sums"],
        ["holds", "file"],
        ["holds", "pixels"],
        ["holds", "recipe"],
        ["holds", "model"],
        ["holds", "signature"],
        ["not", "told"],
    ]
    assert "1 works checked, nothing fails" in text


def test_an_export_has_the_manifests_in_readable_form(work: Work, exported: Callable[..., Path]) -> None:
    (path,) = exported().glob("works/*/content-credentials.json")
    store = json.loads(path.read_text())
    assert store["manifests"][store["active_manifest"]]["title"] == "a teal sun"


def test_one_changed_byte_of_a_picture_fails(work: Work, exported: Callable[..., Path]) -> None:
    folder = exported()
    (picture,) = folder.glob("works/*/picture.png")
    data = bytearray(picture.read_bytes())
    data[-20] ^= 1
    picture.write_bytes(data)
    status, text = checked(folder)
    assert status == 1
    assert "FAILS    file" in text


def test_a_changed_recipe_fails(work: Work, exported: Callable[..., Path]) -> None:
    folder = exported()
    (recipe,) = folder.glob("works/*/recipe.json")
    recipe.write_bytes(recipe.read_bytes().replace(b'"steps":4', b'"steps":5'))
    status, text = checked(folder)
    assert status == 1
    assert "FAILS    recipe" in text


def test_a_statement_signed_by_another_key_fails(
    make_file: MakeFile, record: MakeWork, exported: Callable[..., Path]
) -> None:
    record(make_file())
    folder = exported()
    (path,) = folder.glob("works/*/attestation.json")
    statement = json.loads(path.read_text())
    statement["attester"] = OWNER
    path.write_text(json.dumps(statement))
    status, text = checked(folder)
    assert status == 1
    assert "FAILS    signature" in text


def test_a_private_prompt_goes_to_its_maker_alone(
    make_file: MakeFile, record: MakeWork, exported: Callable[..., Path], tmp_path: Path
) -> None:
    work = record(make_file(private=True))
    Work.objects.filter(pk=work.pk).update(private_prompt=True, prompt_salt=b"s" * 32)
    folder = exported()
    assert all(b"a teal sun" not in path.read_bytes() for path in folder.rglob("*.json"))
    (tmp_path / "export.zip").unlink()
    status, text = checked(exported(user="ada"))
    assert status == 0, text
    assert "holds    prompt" in text


@pytest.fixture
def minted(work: Work, collection: Collection, mint: Minting) -> Work:
    """A work whose token is on the chain and in our records."""
    metadata = token_metadata(work)
    mint(work, metadata)
    Mint.objects.create(
        work=work,
        collection=collection,
        person=work.person,
        to=OWNER,
        metadata_file_id=hashlib.sha256(metadata).digest(),
        status=Mint.Status.MINED,
    )
    return work


def test_a_token_is_asked_for_on_the_chain(minted: Work, exported: Callable[..., Path]) -> None:
    (config,) = django_settings.CHAINS
    status, text = checked(exported(), "--rpc", config.rpc_urls[0])
    assert status == 0, text
    assert f"its owner is {OWNER.lower()}" in text
    assert "holds    attester" in text


def test_a_token_that_was_burnt_is_told_from_one_that_never_was(
    minted: Work, burn: Callable[[Work], int], exported: Callable[..., Path]
) -> None:
    burn(minted)
    (config,) = django_settings.CHAINS
    status, text = checked(exported(), "--rpc", config.rpc_urls[0])
    assert status == 0, text
    assert "holds    chain        the token was on the chain and was burnt" in text
    assert "its owner is" not in text
    assert "holds    attester" in text


def test_a_file_is_found_by_its_bytes_and_a_strangers_is_not(
    work: Work, exported: Callable[..., Path], tmp_path: Path
) -> None:
    folder = exported()
    (picture,) = folder.glob("works/*/picture.png")
    assert checked(folder, "--file", str(picture))[0] == 0
    stranger = tmp_path / "stranger.png"
    stranger.write_bytes(encoded(Image.new("RGB", (8, 8)), "PNG"))
    status, text = checked(folder, "--file", str(stranger))
    assert (status, "no work in this export has these bytes" in text) == (1, True)


def test_a_missing_file_is_named_and_the_rest_exported(
    make_file: MakeFile, record: MakeWork, exported: Callable[..., Path]
) -> None:
    lost = record(make_file(seed=1))
    Path(django_settings.MEDIA_ROOT, lost.file.path).unlink()
    index = json.loads((exported() / "works.json").read_text())
    assert (index["works"], index["missing"]) == ([], ["0x" + bytes(lost.content_hash).hex()])


def test_an_export_replaces_nothing(work: Work, tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_text("precious")
    with pytest.raises(CommandError, match="is there already"):
        call_command("export", str(tmp_path / "export.zip"))
    assert (tmp_path / "export.zip").read_text() == "precious"


def test_the_account_page_gives_her_own_works_hidden_ones_too(
    make_file: MakeFile, record: MakeWork, client: Client, unpack: Callable[[bytes], Path]
) -> None:
    record(make_file(), review_state="hidden")
    client.force_login(Person.objects.get(username="ada"))
    answer = client.get("/account/export/")
    with pytest.warns(Warning, match="asynchronous iterators"):  # the test client is synchronous, the site is not
        data = b"".join(answer)
    assert answer["Content-Type"] == "application/zip"
    folder = unpack(data)
    assert checked(folder)[0] == 0


def test_the_account_export_asks_to_sign_in(db: None, client: Client) -> None:
    assert client.get("/account/export/").status_code == 302
    assert client.get("/api/v1/export").status_code == 401


def test_a_hidden_work_is_exported_to_no_stranger(work: Work, client: Client, plain_static_files: None) -> None:
    assert client.get(f"/works/{work.pk}/export/").status_code == 200
    assert client.get(f"/api/v1/works/{work.pk}/export").status_code == 200
    Work.objects.update(review_state="hidden")
    assert client.get(f"/works/{work.pk}/export/").status_code == 404
    assert client.get(f"/api/v1/works/{work.pk}/export").status_code == 404


KEYS = st.integers(1, 2**255).map(lambda number: number.to_bytes(32))


@examples(max_examples=10, deadline=None)
@given(key=KEYS, time=st.integers(0, 2**31))
def test_the_verifiers_own_cryptography_agrees_with_the_library(key: bytes, time: int) -> None:
    attestation = attestations.Attestation(
        pixel_hash=key, recipe_hash=key[::-1], model_hash=b"\x01" * 32, creator=OWNER, created_at=time
    )
    signature = attestations.sign(attestation, private_key=key)
    message = attestations.document(attestation, signature=signature, attester=OWNER)["message"]
    assert verify.recover(verify.attestation_digest(message), signature) == Account.from_key(key).address.lower()
