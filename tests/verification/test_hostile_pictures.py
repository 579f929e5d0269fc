"""Whatever a stranger sends, decoding ends in measures or in InvalidInput."""

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from api.errors import InvalidInput
from tests.verification.conftest import encoded
from verification.pictures import open_picture

FILES = [
    encoded(Image.effect_noise((24, 16), 60).convert("RGB"), "PNG"),
    encoded(Image.effect_noise((24, 16), 60).convert("RGB"), "JPEG"),
    encoded(Image.effect_noise((24, 16), 60).convert("RGB"), "WEBP"),
    encoded(Image.effect_noise((24, 16), 60).convert("P"), "PNG"),
]


@settings(max_examples=400, deadline=None)
@given(
    file=st.sampled_from(FILES),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    kept=st.integers(0, 2000) | st.none(),
)
def test_damaged_files_are_decoded_or_refused(file: bytes, changes: list[tuple[int, int]], kept: int | None) -> None:
    damaged = bytearray(file)
    for place, value in changes:
        damaged[place % len(file)] = value
    with contextlib.suppress(InvalidInput):
        open_picture(bytes(damaged[:kept]))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _with_chunk(kind: bytes, body: bytes) -> bytes:
    """The first PNG with one more chunk behind its header."""
    return FILES[0][:33] + _chunk(kind, body) + FILES[0][33:]


@pytest.mark.parametrize(
    "body",
    [
        (b"zTXt", b"note\0\0" + zlib.compress(b"\0" * 80_000_000)),
        (b"iTXt", b"note\0\1\0\0\0" + zlib.compress(b"\0" * 80_000_000)),
        (b"iCCP", b"profile\0\0" + zlib.compress(b"\0" * 80_000_000)),
    ],
    ids=["zTXt", "iTXt", "iCCP"],
)
def test_a_bomb_in_a_text_or_profile_does_no_harm(body: tuple[bytes, bytes]) -> None:
    with contextlib.suppress(InvalidInput):
        assert open_picture(_with_chunk(*body)).width == 24


def test_a_bomb_in_the_pixels_decodes_to_its_announced_size_only() -> None:
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0" * 80_000_000))
    with contextlib.suppress(InvalidInput):
        assert (open_picture(bomb + _chunk(b"IEND", b"")).width) == 2


def test_a_file_of_several_pictures_is_its_first() -> None:
    first = Image.effect_noise((24, 16), 60).convert("RGB")
    file = io.BytesIO()
    first.save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (24, 16))])
    alone = open_picture(encoded(first, "JPEG"))
    assert open_picture(file.getvalue()) == alone
