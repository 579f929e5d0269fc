"""Addresses that people type."""

import pytest

from minting.addresses import parse_address
from minting.errors import BadAddress

# The first of EIP-55's own test vectors.
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
UPPER = "0x" + CHECKSUMMED[2:].upper()


@pytest.mark.parametrize("text", [CHECKSUMMED, CHECKSUMMED.lower(), UPPER, f" {CHECKSUMMED} "])
def test_an_address_is_returned_in_eip_55_form(text: str) -> None:
    assert parse_address(text) == CHECKSUMMED


def test_a_mistyped_character_is_found_by_the_checksum() -> None:
    with pytest.raises(BadAddress, match="checksum") as refusal:
        parse_address(CHECKSUMMED.replace("Aeb", "aEb"))
    assert refusal.value.errors[0].field == "to"


@pytest.mark.parametrize(
    "text", ["", "ada.eth", CHECKSUMMED[2:], CHECKSUMMED + "0", "0x" + 40 * "g", "0x" + 40 * "0"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)
