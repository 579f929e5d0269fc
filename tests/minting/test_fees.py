"""Fees on chains with and without EIP-1559."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from devstack import anvil
from minting.chain_identity import known_chain
from minting.chains import ChainConfig
from minting.engine.fees import GWEI, FeeAboveCeiling, current_fees, replacement_fees
from minting.engine.signing import store_attempt
from minting.models import Transaction
from minting.rpc import ChainClient
from minting.signers import platform_signer
from tests.minting.stage import start_anvil, stop_anvil


@pytest.fixture
def legacy_chain(transactional_db: None) -> Iterator[ChainClient]:
    """A chain from before EIP-1559."""
    process, rpc_url = start_anvil(flags=["--hardfork", "berlin"])
    anvil.fund(rpc_url, platform_signer().address)
    yield ChainClient(ChainConfig(chain_id=anvil.CHAIN_ID, name="Old chain", rpc_urls=(rpc_url,)))
    stop_anvil(process)


def transaction_on(client: ChainClient) -> Transaction:
    signer = platform_signer().address
    return Transaction.objects.create(
        chain=known_chain(client), signer=signer, nonce=0, kind="mint", to=signer, data=b"", gas_limit=21_000
    )


def test_a_chain_without_a_base_fee_gets_a_legacy_transaction(legacy_chain: ChainClient) -> None:
    fees = current_fees(legacy_chain)
    assert (fees.legacy, fees.max_fee) == (True, fees.max_priority_fee)
    attempt = store_attempt(transaction_on(legacy_chain), platform_signer(), fees)
    # EIP-2718: typed transactions begin with their type, legacy ones with an RLP list.
    assert bytes(attempt.raw)[0] >= 0xC0
    legacy_chain.send_raw(bytes(attempt.raw))
    assert legacy_chain.call("eth_getTransactionByHash", f"{attempt}")["nonce"] == "0x0"


def test_fees_leave_room_for_the_base_fee_to_double(chain: ChainConfig) -> None:
    client = ChainClient(chain)
    next_base_fee = client.call("eth_feeHistory", "0x1", "latest", [])["baseFeePerGas"][-1]
    fees = current_fees(client)
    assert fees.legacy is False
    assert fees.max_fee == 2 * int(next_base_fee, 16) + fees.max_priority_fee


def test_a_replacement_never_goes_above_the_ceiling(chain: ChainConfig) -> None:
    client = ChainClient(replace(chain, max_fee_gwei=3))
    fees = replace(current_fees(client), max_fee=3 * GWEI)
    attempt = store_attempt(transaction_on(client), platform_signer(), fees)
    with pytest.raises(FeeAboveCeiling, match="max_fee_gwei"):
        replacement_fees(client, attempt)
