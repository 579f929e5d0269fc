"""IPFS content identifiers (CIDv1), computed here and never taken from a node's word."""

import base64

from aleph_cid import CidHasher

RAW_CODEC = 0x55
SHA2_256 = 0x12
RAW_LIMIT = 262_144
"""bytes: up to this size, a file added with raw leaves is a single raw block, whose CID is its SHA-256"""


def raw_cid(digest: bytes) -> str:
    """`bafkrei…`: the CIDv1 (raw, sha2-256, base32) of the bytes whose SHA-256 is `digest` (law 4)."""
    if len(digest) != 32:
        raise ValueError(f"a SHA-256 digest has 32 bytes, got {len(digest)}")
    binary = bytes([0x01, RAW_CODEC, SHA2_256, 32]) + digest
    return "b" + base64.b32encode(binary).decode("ascii").rstrip("=").lower()


def digest_of_raw_cid(cid: str) -> bytes:
    """The SHA-256 inside a `bafkrei…` identifier. Raises ValueError for any other CID, and for any other spelling."""
    body = cid[1:].upper()
    try:
        digest = base64.b32decode(body + "=" * (-len(body) % 8))[4:]
        is_the_one_spelling = raw_cid(digest) == cid
    except ValueError as error:
        raise ValueError(f"not a raw sha2-256 CID: {cid[:100]!r}") from error
    if not is_the_one_spelling:
        raise ValueError(f"not a raw sha2-256 CID: {cid[:100]!r}")
    return digest


def file_cid(data: bytes) -> str:
    """The CID that `ipfs add --cid-version=1 --raw-leaves` gives these bytes."""
    hasher = CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(data)
    return str(hasher.finalize())
