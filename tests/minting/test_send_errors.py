"""What the answers of real nodes mean."""

import pytest

from minting.engine.send_errors import Verdict, classify
from minting.rpc import RpcError


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        ("transaction already imported", Verdict.ACCEPTED),
        ("already known", Verdict.ACCEPTED),
        ("ALREADY_EXISTS: already known", Verdict.ACCEPTED),
        ("Known transaction", Verdict.ACCEPTED),
        ("nonce too low", Verdict.NONCE_USED),
        ("nonce too low: next nonce 7, tx nonce 3", Verdict.NONCE_USED),
        ("replacement transaction underpriced", Verdict.FEE_TOO_LOW),
        ("transaction underpriced: tip needed 25000000000", Verdict.FEE_TOO_LOW),
        ("max fee per gas less than block base fee", Verdict.FEE_TOO_LOW),
        ("Insufficient funds for gas * price + value", Verdict.NO_FUNDS),
        ("insufficient funds for gas * price + value: balance 0", Verdict.NO_FUNDS),
        ("internal error", Verdict.UNKNOWN),
        ("upstream timeout", Verdict.UNKNOWN),
    ],
)
def test_a_message_means(message: str, verdict: Verdict) -> None:
    assert classify(RpcError(code=-32000, message=message, data=None)) is verdict
