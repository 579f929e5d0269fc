"""What a node's answer to `eth_sendRawTransaction` means, in one table.

The texts are those of geth, Erigon, Nethermind, Besu, Reth and anvil. What is not in the table is unknown: the
transaction may have been taken, so the same bytes are sent again later.
"""

from enum import Enum

from minting.rpc import RpcError


class Verdict(Enum):
    """What to do after sending."""

    ACCEPTED = "the node has it, now or already"
    NONCE_USED = "the chain has a transaction with this nonce: look for the receipts of ours"
    FEE_TOO_LOW = "sign again with a higher fee"
    NO_FUNDS = "the signer cannot pay: wait for money"
    UNKNOWN = "send the same bytes again later"


TABLE: tuple[tuple[str, Verdict], ...] = (
    ("already known", Verdict.ACCEPTED),  # geth, Erigon, Reth
    ("already imported", Verdict.ACCEPTED),  # anvil, Parity
    ("alreadyknown", Verdict.ACCEPTED),  # Nethermind
    ("known transaction", Verdict.ACCEPTED),  # Besu, old geth
    ("already in the pool", Verdict.ACCEPTED),
    ("already in mempool", Verdict.ACCEPTED),
    ("nonce too low", Verdict.NONCE_USED),  # geth, anvil, Besu, Reth
    ("nonce is too low", Verdict.NONCE_USED),
    ("oldnonce", Verdict.NONCE_USED),  # Nethermind
    ("old nonce", Verdict.NONCE_USED),
    ("underpriced", Verdict.FEE_TOO_LOW),  # also "replacement transaction underpriced"
    ("fee too low", Verdict.FEE_TOO_LOW),
    ("feetoolow", Verdict.FEE_TOO_LOW),  # Nethermind
    ("less than block base fee", Verdict.FEE_TOO_LOW),
    ("could not replace", Verdict.FEE_TOO_LOW),
    ("insufficient funds", Verdict.NO_FUNDS),
    ("insufficientfunds", Verdict.NO_FUNDS),  # Nethermind
    ("insufficient balance", Verdict.NO_FUNDS),
    ("upfront cost exceeds", Verdict.NO_FUNDS),  # Besu
)


def classify(error: RpcError) -> Verdict:
    """The first line of the table whose text is in the node's message."""
    message = error.message.lower()
    for text, verdict in TABLE:
        if text in message:
            return verdict
    return Verdict.UNKNOWN
