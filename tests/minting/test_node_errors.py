"""What the answers of real nodes mean."""

import pytest

from minting.node_errors import TABLE, RpcError, Verdict, classify


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        # anvil
        ("transaction already imported", Verdict.ACCEPTED),
        ("Insufficient funds for gas * price + value", Verdict.NO_FUNDS),
        ("max fee per gas less than block base fee", Verdict.FEE_TOO_LOW),
        ("replacement transaction underpriced", Verdict.FEE_TOO_LOW),
        # geth
        ("already known", Verdict.ACCEPTED),
        ("nonce too low: next nonce 7, tx nonce 3", Verdict.NONCE_USED),
        ("insufficient funds for gas * price + value: balance 0, tx cost 21000", Verdict.NO_FUNDS),
        ("transaction underpriced: tip needed 25000000000, tip permitted 1", Verdict.FEE_TOO_LOW),
        ("txpool is full", Verdict.WAIT),
        ("future transaction tries to replace pending", Verdict.WAIT),
        ("in-flight transaction limit reached for delegated accounts", Verdict.WAIT),
        ("tx fee (2.10 ether) exceeds the configured cap (1.00 ether)", Verdict.REFUSED),
        ("exceeds block gas limit", Verdict.REFUSED),
        ("transaction gas limit too high (cap: 16777216, tx: 20000000)", Verdict.REFUSED),
        ("intrinsic gas too low: gas 20000, minimum needed 21000", Verdict.REFUSED),
        ("header not found", Verdict.NODE_TROUBLE),
        # Erigon, and Ankr before it
        ("existing tx with same hash", Verdict.ACCEPTED),
        ("INTERNAL_ERROR: could not replace existing tx", Verdict.FEE_TOO_LOW),
        ("fee too low", Verdict.FEE_TOO_LOW),
        ("pending sub-pool is full", Verdict.WAIT),
        # Nethermind
        ("AlreadyKnown", Verdict.ACCEPTED),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", Verdict.NONCE_USED),
        ("FeeTooLowToCompete", Verdict.FEE_TOO_LOW),
        ("ReplacementNotAllowed", Verdict.FEE_TOO_LOW),
        ("InsufficientFunds, Account balance: 1, cumulative cost: 2", Verdict.NO_FUNDS),
        ("NonceGap, Future nonce. Expected nonce: 5", Verdict.WAIT),
        ("GasLimitExceeded, Gas limit: 1, gas limit of rejected tx: 2", Verdict.REFUSED),
        # Besu
        ("Known transaction", Verdict.ACCEPTED),
        ("Nonce too low", Verdict.NONCE_USED),
        ("Gas price below current base fee", Verdict.FEE_TOO_LOW),
        ("Gas price below configured minimum gas price", Verdict.FEE_TOO_LOW),
        ("Upfront cost exceeds account balance", Verdict.NO_FUNDS),
        ("Transaction nonce is too distant from current sender nonce", Verdict.WAIT),
        ("Transaction fee cap exceeded", Verdict.REFUSED),
        ("Initial sync is still in progress", Verdict.NODE_TROUBLE),
        # Reth
        ("insufficient gas price to replace existing transaction", Verdict.FEE_TOO_LOW),
        ("transaction overdraws from account", Verdict.NO_FUNDS),
        # Arbitrum, zkSync, OpenEthereum
        ("invalid transaction nonce", Verdict.NONCE_USED),
        ("not enough funds for gas", Verdict.NO_FUNDS),
        ("known transaction. transaction with hash 0x12 is already in the system", Verdict.ACCEPTED),
        ("Transaction nonce is too low. Try incrementing the nonce.", Verdict.NONCE_USED),
        # Alchemy, Infura, QuickNode, Ankr, proxyd
        ("Your app has exceeded its compute units per second capacity.", Verdict.NODE_TROUBLE),
        ("daily request count exceeded, request rate limited", Verdict.NODE_TROUBLE),
        ("project ID request rate exceeded", Verdict.NODE_TROUBLE),
        ("50/second request limit reached - reduce calls per second", Verdict.NODE_TROUBLE),
        ("Too many requests, reason: call rate limit exhausted", Verdict.NODE_TROUBLE),
        ("no backend is currently healthy to serve traffic", Verdict.NODE_TROUBLE),
        ("ALREADY_EXISTS: already known", Verdict.ACCEPTED),
        # nobody's
        ("internal error", Verdict.UNKNOWN),
        ("upstream timeout", Verdict.UNKNOWN),
    ],
)
def test_a_message_means(message: str, verdict: Verdict) -> None:
    assert classify(RpcError(code=-32000, message=message, data=None)) is verdict


@pytest.mark.parametrize(
    ("code", "message", "verdict"),
    [
        (429, "slow down", Verdict.NODE_TROUBLE),
        (-32005, "limit exceeded", Verdict.NODE_TROUBLE),
        # Besu's code for it is that of EIP-1474's rate limit
        (-32005, "Transaction gas limit exceeds block gas limit", Verdict.REFUSED),
        (-32007, "Sender account not authorized to send transactions", Verdict.REFUSED),
    ],
)
def test_the_text_counts_before_the_code(code: int, message: str, verdict: Verdict) -> None:
    assert classify(RpcError(code=code, message=message, data=None)) is verdict


def test_no_line_of_the_table_hides_another() -> None:
    for place, (text, verdict) in enumerate(TABLE):
        assert text == text.lower()
        assert all(earlier not in text or known is verdict for earlier, known in TABLE[:place]), text
