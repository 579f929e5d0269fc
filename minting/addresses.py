"""Ethereum addresses that people type."""

import re

from eth_utils.address import to_checksum_address

from api.errors import FieldError
from minting.errors import BadAddress

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
ZERO = "0x" + 40 * "0"


def parse_address(text: str, *, field: str = "to") -> str:
    """The EIP-55 form of an address; when the text has mixed case, its checksum must be right.

    Raises BadAddress naming `field`.
    """
    text = text.strip()
    if not ADDRESS.fullmatch(text):
        raise _bad(field, "This is not an Ethereum address: it must be 0x and 40 hexadecimal digits.")
    if text == ZERO:
        raise _bad(field, "This is the zero address, which nobody owns. Enter the address of your own wallet.")
    checksummed = to_checksum_address(text)
    digits = text[2:]
    if text != checksummed and digits not in (digits.lower(), digits.upper()):
        raise _bad(
            field,
            "The checksum of this address is wrong, so a character was probably mistyped. "
            "Copy it again from your wallet.",
        )
    return str(checksummed)


def _bad(field: str, detail: str) -> BadAddress:
    return BadAddress(detail, errors=[FieldError(field=field, code="bad_address", detail=detail)])
