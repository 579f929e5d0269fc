"""Vouchers are EIP-712 messages: one digest, whoever computes it."""

from eth_account import Account
from eth_account.messages import encode_typed_data

from provenance import vouchers
from provenance.vouchers import MintVoucher

KEY = bytes.fromhex("11" * 32)
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
VOUCHER = MintVoucher(
    content_hash=b"\x01" * 32,
    metadata_hash=b"\x02" * 32,
    to="0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
    price=10**18,
    deadline=1_800_000_000,
)


def test_a_wallet_signs_from_the_typed_data_what_the_platform_signs() -> None:
    data = vouchers.typed_data(VOUCHER, chain_id=1, contract=CONTRACT)
    by_wallet = Account.sign_message(encode_typed_data(full_message=data), private_key=KEY)
    assert bytes(by_wallet.signature) == vouchers.sign(VOUCHER, chain_id=1, contract=CONTRACT, private_key=KEY)
    assert bytes(by_wallet.message_hash) == vouchers.digest(VOUCHER, chain_id=1, contract=CONTRACT)


def test_chain_and_contract_are_part_of_what_is_signed() -> None:
    digests = {
        vouchers.digest(VOUCHER, chain_id=chain_id, contract=contract)
        for chain_id in (1, 10)
        for contract in (CONTRACT, "0x" + 40 * "1")
    }
    assert len(digests) == 4
