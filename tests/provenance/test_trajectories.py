"""The leaves of a trajectory, and which transition a nonce chooses."""

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.trajectories import chosen_transition, leaf_hash, leaf_hashes

DIGESTS = st.binary(min_size=32, max_size=32)
LATENTS = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=8).map(
    lambda numbers: struct.pack(f"<{len(numbers)}f", *numbers)
)


def test_a_leaf_is_spelled_out() -> None:
    latents = struct.pack("<2f", 1.0, -2.5)
    assert leaf_hash(3, latents) == hashlib.sha256(b"\x00colophon.latents/1\x00\x00\x00\x03" + latents).digest()


@pytest.mark.parametrize("latents", [b"", b"12345"])
def test_what_is_no_row_of_numbers_has_no_leaf(latents: bytes) -> None:
    with pytest.raises(ValueError, match="fp32"):
        leaf_hash(0, latents)


@given(LATENTS, LATENTS, st.integers(0, 1000), st.integers(0, 1000))
def test_leaves_are_equal_only_for_the_same_step_and_latents(one: bytes, two: bytes, first: int, second: int) -> None:
    assert (leaf_hash(first, one) == leaf_hash(second, two)) == ((first, one) == (second, two))


def test_the_leaves_of_a_trajectory_count_from_0() -> None:
    one, two = b"\x00" * 4, b"\x00" * 4
    assert leaf_hashes([one, two]) == [leaf_hash(0, one), leaf_hash(1, two)]


@given(DIGESTS, DIGESTS, st.integers(1, 200))
def test_a_nonce_chooses_one_of_the_transitions_always_the_same(root: bytes, nonce: bytes, leaves: int) -> None:
    chosen = chosen_transition(root=root, nonce=nonce, leaves=leaves)
    assert 0 <= chosen <= leaves
    assert chosen_transition(root=root, nonce=nonce, leaves=leaves) == chosen


def test_every_transition_can_be_chosen() -> None:
    chosen = {chosen_transition(root=b"r" * 32, nonce=bytes([n]) * 32, leaves=4) for n in range(100)}
    assert chosen == {0, 1, 2, 3, 4}


def test_a_short_nonce_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        chosen_transition(root=b"r" * 32, nonce=b"short", leaves=4)
