"""Merkle trees: the shape of RFC 6962, proofs that hold for their leaf alone."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.merkle import inclusion_proof, proof_holds, tree_root

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@st.composite
def tree_and_place(draw: st.DrawFn) -> tuple[list[bytes], int]:
    leaves = draw(LEAVES)
    return leaves, draw(st.integers(0, len(leaves) - 1))


def test_seven_leaves_stand_as_in_the_rfcs_example() -> None:
    a, b, c, d, e, f, g = leaves = [bytes([number]) * 32 for number in range(7)]
    left = node(node(a, b), node(c, d))
    assert tree_root(leaves) == node(left, node(node(e, f), g))
    assert inclusion_proof(leaves, 0) == [b, node(c, d), node(node(e, f), g)]
    assert inclusion_proof(leaves, 6) == [node(e, f), left]


def test_one_leaf_is_its_own_root() -> None:
    assert tree_root([b"\x07" * 32]) == b"\x07" * 32
    assert inclusion_proof([b"\x07" * 32], 0) == []


def test_no_leaf_has_no_root() -> None:
    with pytest.raises(ValueError, match="needs a leaf"):
        tree_root([])


def test_a_place_outside_has_no_proof() -> None:
    with pytest.raises(IndexError):
        inclusion_proof([b"\x07" * 32], 1)


@given(tree_and_place())
def test_every_leaf_has_a_proof_that_holds(example: tuple[list[bytes], int]) -> None:
    leaves, index = example
    proof = inclusion_proof(leaves, index)
    assert proof_holds(root=tree_root(leaves), count=len(leaves), index=index, leaf=leaves[index], proof=proof)
    assert len(proof) <= (len(leaves) - 1).bit_length()


@given(tree_and_place(), st.data())
def test_no_proof_holds_for_another_leaf_place_root_or_way(
    example: tuple[list[bytes], int], data: st.DataObject
) -> None:
    leaves, index = example
    root, proof, leaf = tree_root(leaves), inclusion_proof(leaves, index), leaves[index]

    def holds(**changed: object) -> bool:
        whole = {"root": root, "count": len(leaves), "index": index, "leaf": leaf, "proof": proof, **changed}
        return proof_holds(**whole)  # type: ignore[arg-type] # of many types

    assert not holds(leaf=hashlib.sha256(leaf).digest())
    assert not holds(root=hashlib.sha256(root).digest())
    assert not holds(proof=[*proof, leaf])
    assert not holds(index=len(leaves))
    other = data.draw(st.integers(0, len(leaves) - 1))
    assert holds(index=other) == (other == index)
    if proof:
        assert not holds(proof=proof[:-1])
        assert not holds(proof=[hashlib.sha256(proof[0]).digest(), *proof[1:]])


@given(LEAVES, st.data())
def test_the_root_changes_with_any_leaf(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves[:place], hashlib.sha256(leaves[place]).digest(), *leaves[place + 1 :]]
    assert tree_root(changed) != tree_root(leaves)
