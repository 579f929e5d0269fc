"""The trajectory of a picture: its latents after each denoising step, committed to by one Merkle root.

The root is signed before anybody can know which step an audit will open, so an audit need run only that step again
(docs/REPRODUCE.md). Transition 0 leads from the recipe alone to the first leaf, transition n from the last of n
leaves to the picture.
"""

import hashlib
from collections.abc import Sequence

from provenance.merkle import LEAF
from provenance.statements import Kind

LEAF_TAG = b"colophon.latents/1"
CHOICE_TAG = b"colophon.audit/1"

TRAJECTORY = Kind(
    "Trajectory",
    (
        ("attestation", "bytes32"),
        ("renderHash", "bytes32"),
        ("root", "bytes32"),
        ("leaves", "uint32"),
    ),
)
"""`attestation`: its EIP-712 digest; `renderHash`: of the pixels before the watermark; `root`: over all `leaves`"""


def leaf_hash(step: int, latents: bytes) -> bytes:
    """`sha256(0x00 ‖ tag ‖ step ‖ latents)`: the step from 0, in four bytes, big-endian; the latents after it.

    `latents`: one picture's, fp32, little-endian, in the order of their axes. What is computed in 16 bits is exact
    in fp32. Raises ValueError for what is no row of fp32 numbers.
    """
    if not latents or len(latents) % 4:
        raise ValueError(f"latents are fp32 numbers, got {len(latents)} bytes")
    return hashlib.sha256(LEAF + LEAF_TAG + step.to_bytes(4) + latents).digest()


def leaf_hashes(latents: Sequence[bytes]) -> list[bytes]:
    """The leaves of a whole trajectory, from its first step on."""
    return [leaf_hash(step, each) for step, each in enumerate(latents)]


def chosen_transition(*, root: bytes, nonce: bytes, leaves: int) -> int:
    """Which transition an audit runs again, 0 to `leaves`: `sha256(tag ‖ root ‖ nonce)` modulo their number.

    The nonce, 32 bytes, is drawn after the root was signed; whoever distrusts the platform brings her own. Raises
    ValueError for another length.
    """
    if len(nonce) != 32:
        raise ValueError(f"the nonce must be 32 bytes, got {len(nonce)}")
    return int.from_bytes(hashlib.sha256(CHOICE_TAG + root + nonce).digest()) % (leaves + 1)
