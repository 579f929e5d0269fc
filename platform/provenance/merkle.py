"""Merkle trees as RFC 6962 (§2.1) and RFC 9162 (§2.1.3) build them, over SHA-256 hashes of leaves.

A node is `sha256(0x01 ‖ left ‖ right)`; the left side of n leaves holds the largest power of two below n. Whoever
hashes a leaf begins with 0x00, so no leaf can pass for a node.
"""

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes, 32 bytes; of one leaf it is the leaf. Raises ValueError for none."""
    if not leaves:
        raise ValueError("a tree needs a leaf")
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(tree_root(leaves[:split]), tree_root(leaves[split:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf up to the root, the lowest first. Raises IndexError for no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), tree_root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), tree_root(leaves[:split])]


def proof_holds(*, root: bytes, count: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether this leaf hash is the index-th of the `count` leaves under `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < count:
        return False
    place, last, found = index, count - 1, leaf
    for beside in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = _node(beside, found)
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            found = _node(found, beside)
        place, last = place // 2, last // 2
    return last == 0 and found == root


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 or more."""
    return 1 << (count - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()
