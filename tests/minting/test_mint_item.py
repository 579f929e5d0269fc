"""Signatures in the two words that the contract takes."""

import pytest

from minting.contracts.mint_item import compact_signature

R, S = b"\x01" * 32, b"\x02" * 32
UNFIT = [b"", R + S, R + S + b"\x00", R + S + b"\x1d", R + S + b"\x1b\x1b", R + b"\xff" * 32 + b"\x1b"]


def test_the_parity_of_v_goes_into_the_highest_bit_of_s() -> None:
    assert compact_signature(R + S + b"\x1b") == (R, S)
    assert compact_signature(R + S + b"\x1c") == (R, b"\x82" + S[1:])


@pytest.mark.parametrize("signature", UNFIT)
def test_a_malformed_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(ValueError, match="malformed"):
        compact_signature(signature)
