"""Known answers for content, pixel and commitment hashes, computed here by hand from their definitions."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from provenance.digests import content_hash, from_hex, pixel_hash, prompt_commitment, to_hex


def test_the_content_hash_is_plain_sha256() -> None:
    # FIPS 180-2, the message "abc"
    assert content_hash(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_pixel_hash_of_two_pixels_by_hand() -> None:
    image = Image.new("RGB", (2, 1))
    image.putdata([(1, 2, 3), (250, 251, 252)])
    assert pixel_hash(image) == hashlib.sha256(b"RGB:2x1:\x01\x02\x03\xfa\xfb\xfc").digest()


def test_the_same_bytes_in_another_shape_hash_differently() -> None:
    data = bytes(range(12))
    wide, tall = (Image.frombytes("RGB", size, data) for size in ((4, 1), (1, 4)))
    assert pixel_hash(wide) != pixel_hash(tall)


@pytest.mark.parametrize(("name", "options"), [("PNG", {"optimize": True}), ("WEBP", {"lossless": True})])
def test_lossless_encoding_keeps_the_pixel_hash(name: str, options: dict[str, bool]) -> None:
    image = Image.effect_noise((33, 17), 80).convert("RGB")
    file = io.BytesIO()
    image.save(file, name, **options)
    assert pixel_hash(Image.open(file)) == pixel_hash(image)


def test_a_commitment_is_salt_then_prompt() -> None:
    salt = bytes(range(32))
    assert prompt_commitment(salt=salt, prompt="é") == hashlib.sha256(salt + b"\xc3\xa9").digest()


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        prompt_commitment(salt=b"short", prompt="a sun")


@given(st.binary())
def test_hex_comes_back_as_it_was(digest: bytes) -> None:
    assert from_hex(to_hex(digest)) == digest
