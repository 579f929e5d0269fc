"""Stored files by their CID, and previews."""

import hashlib

import pytest
from django.test import Client

from accounts.models import Person
from generation.models import StoredFile
from tests.web import samples


@pytest.fixture
def picture(ada: Person) -> StoredFile:
    return samples.a_work(ada).file


def test_a_file_comes_byte_for_byte(client: Client, picture: StoredFile) -> None:
    answer = client.get(f"/ipfs/{picture.cid}")
    assert hashlib.sha256(answer.content).digest() == bytes(picture.sha256)
    assert answer["Content-Type"] == "image/png"
    assert int(answer["Content-Length"]) == picture.size


def test_a_file_never_changes_and_never_acts_as_a_page(client: Client, picture: StoredFile) -> None:
    answer = client.get(f"/ipfs/{picture.cid}")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_who_has_a_file_is_not_sent_it_again(client: Client, picture: StoredFile) -> None:
    etag = client.get(f"/ipfs/{picture.cid}")["ETag"]
    again = client.get(f"/ipfs/{picture.cid}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=0-3", 0, 4), ("bytes=10-", 10, None), ("bytes=-5", -5, None)]
)
def test_a_part_of_a_file_can_be_asked_for(
    client: Client, picture: StoredFile, asked: str, start: int, stop: int | None
) -> None:
    whole = client.get(f"/ipfs/{picture.cid}").content
    answer = client.get(f"/ipfs/{picture.cid}", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == whole[start:stop]
    first = start % len(whole)
    assert answer["Content-Range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"


def test_a_part_that_is_not_there_is_refused(client: Client, picture: StoredFile) -> None:
    answer = client.get(f"/ipfs/{picture.cid}", headers={"Range": f"bytes={picture.size}-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{picture.size}"


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "bytes=9-2"])
def test_a_range_that_makes_no_sense_gives_the_whole_file(client: Client, picture: StoredFile, asked: str) -> None:
    answer = client.get(f"/ipfs/{picture.cid}", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, picture.size)


def test_an_unknown_cid_is_not_found(client: Client, db: None) -> None:
    assert client.get("/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy").status_code == 404


def test_a_preview_is_served_and_kept(client: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    answer = client.get(f"/media/{work.preview_path}")
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["files/aa/none.png", "previews/../../keys/signer.key", "previews/nothing.webp", "keys"]
)
def test_nothing_but_previews_is_reachable_by_its_path(client: Client, db: None, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize("name", [".", "previews", "previews/", "previews/../files", "previews//etc", "files/x"])
def test_what_is_no_preview_is_not_there(client: Client, picture: StoredFile, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404
