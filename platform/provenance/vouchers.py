"""The voucher: an EIP-712 statement that one content may be minted in one contract, to one owner, at a price.

Unlike an attestation it is bound to a chain and a contract, so it is worth nothing anywhere else (DESIGN §4). One
that names the token's royalty is of another type, so neither can be used in place of the other.
"""

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from provenance.digests import to_hex

PLAIN_TYPE, ROYALTY_TYPE = "MintVoucher", "MintVoucherWithRoyalty"
FIELDS: list[dict[str, str]] = [
    {"name": "contentHash", "type": "bytes32"},
    {"name": "metadataHash", "type": "bytes32"},
    {"name": "to", "type": "address"},
    {"name": "price", "type": "uint256"},
    {"name": "deadline", "type": "uint64"},
]
ROYALTY_FIELDS: list[dict[str, str]] = [
    {"name": "royaltyReceiver", "type": "address"},
    {"name": "royaltyBasisPoints", "type": "uint16"},
]
DOMAIN_FIELDS: list[dict[str, str]] = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


@dataclass(frozen=True, kw_only=True)
class MintVoucher:
    """The signed fields. Hashes are 32 bytes, `to` an address, `price` wei, `deadline` seconds since the epoch.

    `royalty` is the token's own: who receives it, and how many hundredths of a percent; None leaves the collection's.
    """

    content_hash: bytes
    metadata_hash: bytes
    to: str
    price: int
    deadline: int
    royalty: tuple[str, int] | None = None

    def fields(self) -> tuple[object, ...]:
        """As the contract takes them."""
        return (self.content_hash, self.metadata_hash, self.to, self.price, self.deadline, *(self.royalty or ()))


def domain(*, chain_id: int, contract: str) -> dict[str, Any]:
    """The EIP-712 domain of a collection's vouchers."""
    return {
        "name": "Colophon",
        "version": "1",
        "chainId": chain_id,
        "verifyingContract": to_checksum_address(contract),
    }


def typed_data(voucher: MintVoucher, *, chain_id: int, contract: str) -> dict[str, Any]:
    """The whole EIP-712 message as JSON, in the form of `eth_signTypedData_v4`; large numbers are decimal text."""
    primary_type, fields = _type_of(voucher)
    return {
        "types": {"EIP712Domain": DOMAIN_FIELDS, primary_type: fields},
        "primaryType": primary_type,
        "domain": domain(chain_id=chain_id, contract=contract),
        "message": {field["name"]: _in_json(value) for field, value in zip(fields, voucher.fields(), strict=True)},
    }


def preimage(voucher: MintVoucher, *, chain_id: int, contract: str) -> bytes:
    """What is hashed for a minter to sign: 0x1901, the domain's and the message's hash, 66 bytes."""
    message = _message(voucher, chain_id=chain_id, contract=contract)
    return b"\x19" + message.version + message.header + message.body


def digest(voucher: MintVoucher, *, chain_id: int, contract: str) -> bytes:
    """The 32 bytes that a minter signs; the contract's `voucherDigest` or `royaltyVoucherDigest` gives the same."""
    return keccak(preimage(voucher, chain_id=chain_id, contract=contract))


def sign(voucher: MintVoucher, *, chain_id: int, contract: str, private_key: bytes) -> bytes:
    """A minter's 65-byte signature."""
    message = _message(voucher, chain_id=chain_id, contract=contract)
    return bytes(Account.sign_message(message, private_key=private_key).signature)


def _type_of(voucher: MintVoucher) -> tuple[str, list[dict[str, str]]]:
    return (PLAIN_TYPE, FIELDS) if voucher.royalty is None else (ROYALTY_TYPE, FIELDS + ROYALTY_FIELDS)


def _in_json(value: object) -> str:
    if isinstance(value, bytes):
        return to_hex(value)
    return str(to_checksum_address(value)) if isinstance(value, str) else str(value)


def _message(voucher: MintVoucher, *, chain_id: int, contract: str) -> SignableMessage:
    primary_type, fields = _type_of(voucher)
    return encode_typed_data(
        domain_data=domain(chain_id=chain_id, contract=contract),
        message_types={primary_type: fields},
        message_data=dict(zip([field["name"] for field in fields], voucher.fields(), strict=True)),
    )
