"""Vouchers that name the token's royalty: whoever sends them changes nothing of it."""

from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from provenance import vouchers
from tests.minting.contract_stage import (
    CREATOR,
    MINTER,
    OWNER,
    Deployed,
    compact_statement,
    deploy,
    digest,
    id_of,
    refused,
    voucher_for,
    voucher_signature,
)

RECEIVER = Account.create().address


@pytest.fixture
def shared(web3: Web3) -> Deployed:
    """A collection that pays the attested creators."""
    return deploy(web3, royalty_to_creator=True)


def royal(
    *, receiver: str = RECEIVER, basis_points: int = 700, price: int = 10, deadline: int = 2**40
) -> tuple[Any, ...]:
    return (*voucher_for("one", price=price, deadline=deadline), receiver, basis_points)


def call_of(web3: Web3, contract: Deployed, voucher: tuple[Any, ...], signed: tuple[Any, ...] | None = None) -> Any:  # noqa: ANN401 - web3 builds it
    signature = voucher_signature(web3, contract, signed or voucher)
    return contract.functions.mintWithRoyaltyVoucher(voucher, signature, *compact_statement("one", CREATOR))


def test_the_token_has_the_royalty_and_its_price_goes_there(web3: Web3, shared: Deployed) -> None:
    call_of(web3, shared, royal()).transact({"value": 10})
    assert shared.functions.ownerOf(id_of("one")).call() == OWNER.address
    assert shared.functions.royaltyInfo(id_of("one"), 10_000).call() == [RECEIVER, 700]
    assert (shared.functions.owed(RECEIVER).call(), shared.functions.owed(CREATOR).call()) == (10, 0)


@pytest.mark.parametrize("changed", [royal(receiver=OWNER.address), royal(basis_points=0), royal(price=0)])
def test_neither_receiver_nor_rate_nor_price_can_be_changed(
    web3: Web3, shared: Deployed, changed: tuple[Any, ...]
) -> None:
    assert refused(call_of(web3, shared, changed, signed=royal()), value=changed[3]) == "VoucherNotSigned"


def test_neither_kind_of_voucher_can_be_used_as_the_other(web3: Web3, shared: Deployed) -> None:
    plain = voucher_for("one")
    arguments = (voucher_signature(web3, shared, royal()), *compact_statement("one", CREATOR))
    assert refused(shared.functions.mintWithVoucher(plain, *arguments), value=10) == "VoucherNotSigned"
    assert refused(call_of(web3, shared, royal(), signed=plain), value=10) == "VoucherNotSigned"


def test_it_cannot_ask_for_more_than_ten_percent(web3: Web3, shared: Deployed) -> None:
    assert refused(call_of(web3, shared, royal(basis_points=1001)), value=10) == "RoyaltyTooHigh"


def test_it_is_worthless_once_it_is_canceled_or_late(web3: Web3, shared: Deployed) -> None:
    cancel = shared.functions.cancelRoyaltyVoucher(royal())
    assert refused(cancel, **{"from": OWNER.address}) == "AccessControlUnauthorizedAccount"
    cancel.transact({"from": MINTER.address})
    assert refused(call_of(web3, shared, royal()), value=10) == "VoucherIsCanceled"
    assert refused(call_of(web3, shared, royal(deadline=1)), value=10) == "VoucherExpired"
    assert refused(call_of(web3, shared, royal(deadline=2**39)), value=9) == "WrongPrice"


def test_the_platform_computes_the_digest_that_the_contract_checks(web3: Web3, shared: Deployed) -> None:
    voucher = vouchers.MintVoucher(
        content_hash=digest("content one"), metadata_hash=digest("metadata one"), to=OWNER.address, price=10,
        deadline=2**40, royalty=(RECEIVER, 700),
    )  # fmt: skip
    assert shared.functions.royaltyVoucherDigest(royal()).call() == vouchers.digest(
        voucher, chain_id=web3.eth.chain_id, contract=shared.address
    )
