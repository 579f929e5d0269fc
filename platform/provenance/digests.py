"""The hashes everything hangs on."""

import hashlib

from PIL import Image


def content_hash(data: bytes) -> bytes:
    """SHA-256 of the exact bytes of a published file: 32 bytes. As an integer it is the token's id (law 3)."""
    return hashlib.sha256(data).digest()


def pixel_hash(image: Image.Image) -> bytes:
    """SHA-256 of width, height, mode and raw pixel bytes: survives lossless re-encoding and stripped metadata.

    The hashed bytes are the ASCII text `<mode>:<width>x<height>:` followed by the rows, top to bottom, in the
    picture's own mode (`RGB`: 3 bytes a pixel).
    """
    header = f"{image.mode}:{image.width}x{image.height}:".encode("ascii")
    digest = hashlib.sha256(header)
    digest.update(image.tobytes())
    return digest.digest()


def prompt_commitment(*, salt: bytes, prompt: str) -> bytes:
    """`sha256(32-byte salt ‖ UTF-8 prompt)`, which stands in a recipe for a private prompt.

    Raises ValueError when the salt is not 32 bytes.
    """
    if len(salt) != 32:
        raise ValueError(f"the salt must be 32 bytes, got {len(salt)}")
    return hashlib.sha256(salt + prompt.encode("utf-8")).digest()


def to_hex(digest: bytes) -> str:
    """`0x` and lower-case hex, the form hashes have in the API, in recipes and on pages."""
    return "0x" + bytes(digest).hex()


def from_hex(text: str) -> bytes:
    """The inverse of `to_hex`; the `0x` may be missing, case does not matter. Raises ValueError."""
    return bytes.fromhex(text.removeprefix("0x").removeprefix("0X"))
