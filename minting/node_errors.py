"""What the errors of Ethereum nodes mean, in one table.

JSON-RPC fixes no codes for them (Besu uses -32005 for a gas limit, EIP-1474 for a rate limit), so the text decides.
The texts were read in the clients' sources: geth `core/txpool/errors.go`, `core/error.go`, `internal/ethapi/api.go`;
Erigon `txnprovider/txpool/txpoolcfg/txpoolcfg.go`; Nethermind `Nethermind.TxPool/AcceptTxResult.cs` (before 2026 it
sent the names of its results, since then geth's texts); Besu `RpcErrorType.java`; Reth `RpcPoolError` and
`crates/transaction-pool/src/error.rs`; anvil `crates/anvil/src/eth/error.rs`; OpenEthereum
`rpc/src/v1/helpers/errors.rs`, Arbitrum and zkSync as Chainlink's `core/chains/evm/client/errors.go` records them.

What is not in the table is unknown: the transaction may have been taken, so the same bytes are sent again later. No
line of it ever proves that a transaction is absent.
"""

from enum import Enum

REVERTED = 3
"""geth's code, which Erigon, Reth and anvil use too"""


class RpcError(Exception):
    """The node answered, and the answer is an error. `data` is the revert data, when there is any."""

    def __init__(self, *, code: int, message: str, data: str | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    @property
    def is_revert(self) -> bool:
        """Whether the contract itself refused, which is all that proves anything about a call.

        With revert data, with geth's code for it, or, where a provider leaves both out, in words.
        """
        return bool(self.data and len(self.data) >= 10) or self.code == REVERTED or "revert" in self.message.lower()


class Verdict(Enum):
    """What to do after an error."""

    ACCEPTED = "the node has it, now or already"
    NONCE_USED = "the chain has a transaction with this nonce: look for the receipts of ours"
    FEE_TOO_LOW = "sign again with a higher fee"
    NO_FUNDS = "the signer cannot pay: wait for money"
    WAIT = "no room in the node's pool, or it lacks the nonce before: send the same bytes again later"
    REFUSED = "this node will never take these bytes: an operator has to look"
    NODE_TROUBLE = "this node cannot answer now: ask another one"
    UNKNOWN = "send the same bytes again later"


TABLE: tuple[tuple[str, Verdict], ...] = (
    ("already known", Verdict.ACCEPTED),  # geth, Erigon, Reth, Nethermind from 2026
    ("alreadyknown", Verdict.ACCEPTED),  # Nethermind
    ("already imported", Verdict.ACCEPTED),  # anvil, Reth's pool, OpenEthereum
    ("alreadyimported", Verdict.ACCEPTED),  # Substrate (Moonbeam): Pool(AlreadyImported)
    ("known transaction", Verdict.ACCEPTED),  # Besu, old geth, zkSync
    ("with same hash", Verdict.ACCEPTED),  # Erigon: existing tx(n) with same hash
    ("already in the pool", Verdict.ACCEPTED),
    ("already in mempool", Verdict.ACCEPTED),
    ("already exists in the mempool", Verdict.ACCEPTED),
    ("already finalized", Verdict.NONCE_USED),  # Harmony
    ("nonce too low", Verdict.NONCE_USED),  # geth, anvil, Erigon, Besu, Reth, Arbitrum, zkSync
    ("nonce is too low", Verdict.NONCE_USED),  # OpenEthereum
    ("oldnonce", Verdict.NONCE_USED),  # Nethermind
    ("old nonce", Verdict.NONCE_USED),
    ("invalid transaction nonce", Verdict.NONCE_USED),  # Arbitrum, for too low and for too high
    ("pool(stale)", Verdict.NONCE_USED),  # Substrate
    ("exceeds the configured cap", Verdict.REFUSED),  # geth, Erigon, Reth: --rpc.txfeecap
    ("fee cap exceeded", Verdict.REFUSED),  # Besu: --rpc-tx-feecap
    ("underpriced", Verdict.FEE_TOO_LOW),  # geth, Erigon, Besu, Reth; also "replacement transaction underpriced"
    ("insufficient gas price to replace", Verdict.FEE_TOO_LOW),  # anvil, Reth's pool
    ("could not replace", Verdict.FEE_TOO_LOW),  # Erigon, so Ankr, with INTERNAL_ERROR before it
    ("replacementnotallowed", Verdict.FEE_TOO_LOW),  # Nethermind
    ("fee too low", Verdict.FEE_TOO_LOW),  # Erigon
    ("feetoolow", Verdict.FEE_TOO_LOW),  # Nethermind; also FeeTooLowToCompete
    ("less than block base fee", Verdict.FEE_TOO_LOW),  # geth, anvil, Reth, Arbitrum
    ("below current base fee", Verdict.FEE_TOO_LOW),  # Besu
    ("below configured minimum", Verdict.FEE_TOO_LOW),  # Besu
    ("below chain minimum", Verdict.FEE_TOO_LOW),  # Reth's pool
    ("gas price too low", Verdict.FEE_TOO_LOW),  # Arbitrum, Metis
    ("gas price is too low", Verdict.FEE_TOO_LOW),  # OpenEthereum
    ("less than gas price minimum", Verdict.FEE_TOO_LOW),  # Celo
    ("unacceptable gas price", Verdict.FEE_TOO_LOW),  # zkSync
    ("insufficient funds", Verdict.NO_FUNDS),  # geth, anvil, Erigon, Reth, OpenEthereum
    ("insufficientfunds", Verdict.NO_FUNDS),  # Nethermind
    ("insufficient balance", Verdict.NO_FUNDS),  # zkSync, OpenEthereum
    ("upfront cost exceeds", Verdict.NO_FUNDS),  # Besu
    ("overdraft", Verdict.NO_FUNDS),  # geth
    ("overdraws from account", Verdict.NO_FUNDS),  # Reth's pool
    ("enough funds", Verdict.NO_FUNDS),  # Arbitrum: not enough funds for gas; ethereumjs: doesn't have enough funds
    ("nonce too high", Verdict.WAIT),  # geth, anvil, Besu, Nethermind from 2026
    ("noncegap", Verdict.WAIT),  # Nethermind
    ("nonce gap", Verdict.WAIT),
    ("nonce too far in", Verdict.WAIT),  # Nethermind
    ("noncetoofarinfuture", Verdict.WAIT),  # Nethermind
    ("nonce is too distant", Verdict.WAIT),  # Besu
    ("lower nonce exists", Verdict.WAIT),  # Besu
    ("tries to replace pending", Verdict.WAIT),  # geth
    ("account limit exceeded", Verdict.WAIT),  # geth
    ("in-flight transaction limit", Verdict.WAIT),  # geth, for accounts with an EIP-7702 delegation
    ("pool is full", Verdict.WAIT),  # geth, Reth (txpool is full); Erigon (pending sub-pool is full)
    ("queue full", Verdict.WAIT),  # Arbitrum
    ("pool full", Verdict.WAIT),  # Arbitrum: sequencer pending tx pool full
    ("transactions in the queue", Verdict.WAIT),  # OpenEthereum
    ("spammer", Verdict.WAIT),  # Erigon, Reth's pool: too many of one sender
    ("pool size constraints", Verdict.WAIT),  # Reth's pool
    ("temporarily banned", Verdict.WAIT),  # OpenEthereum
    ("exceeds block gas limit", Verdict.REFUSED),  # geth, Besu, Reth
    ("greater than the block gas limit", Verdict.REFUSED),  # anvil
    ("gaslimitexceeded", Verdict.REFUSED),  # Nethermind
    ("gas limit is too high", Verdict.REFUSED),  # Erigon
    ("gas limit too high", Verdict.REFUSED),  # geth: EIP-7825
    ("intrinsic gas", Verdict.REFUSED),  # geth, anvil, Reth: intrinsic gas too low; Besu: exceeds gas limit
    ("intrinsicgas", Verdict.REFUSED),  # Erigon
    ("oversized data", Verdict.REFUSED),  # geth, Erigon, zkSync
    ("input data too large", Verdict.REFUSED),  # Reth's pool
    ("invalid sender", Verdict.REFUSED),  # geth, Erigon, Reth
    ("failedtoresolvesender", Verdict.REFUSED),  # Nethermind
    ("invalid chain id", Verdict.REFUSED),  # geth, anvil
    ("wrong chainid", Verdict.REFUSED),  # Besu
    ("transaction type not supported", Verdict.REFUSED),  # geth
    ("sender not an eoa", Verdict.REFUSED),  # geth, anvil
    ("not authorized to send", Verdict.REFUSED),  # Besu, permissioned
    ("compute units", Verdict.NODE_TROUBLE),  # Alchemy, code 429
    ("request limit reached", Verdict.NODE_TROUBLE),  # QuickNode, code -32007
    ("request rate exceeded", Verdict.NODE_TROUBLE),  # Infura, code -32005
    ("request count exceeded", Verdict.NODE_TROUBLE),  # Infura
    ("rate limit", Verdict.NODE_TROUBLE),  # Infura, Ankr, dRPC, public nodes
    ("too many requests", Verdict.NODE_TROUBLE),  # Ankr, Cloudflare
    ("rps limit", Verdict.NODE_TROUBLE),  # Chainstack
    ("credits limited", Verdict.NODE_TROUBLE),  # Infura (MetaMask Developer), code -32012
    ("sync is still in progress", Verdict.NODE_TROUBLE),  # Besu
    ("node is syncing", Verdict.NODE_TROUBLE),  # Nethermind
    ("pool not enabled", Verdict.NODE_TROUBLE),  # Besu, not in sync
    ("header not found", Verdict.NODE_TROUBLE),  # geth: a replica that has not the block yet
    ("missing trie node", Verdict.NODE_TROUBLE),  # geth: a replica that has not the state
    ("world state unavailable", Verdict.NODE_TROUBLE),  # Besu
    ("no backend is currently healthy", Verdict.NODE_TROUBLE),  # proxyd of OP Stack chains (Base, Optimism)
)

LIMIT_CODES = {429, -32029}
"""of providers that speak of a limit in other words"""
LIMIT_EXCEEDED = -32005
"""EIP-1474; but Besu's code for a gas limit too, so it counts only for a text that the table does not know"""


def classify(error: RpcError) -> Verdict:
    """The first line of the table whose text is in the node's message; then the codes of rate limits."""
    message = error.message.lower()
    for text, verdict in TABLE:
        if text in message:
            return verdict
    if error.code in LIMIT_CODES or (error.code == LIMIT_EXCEEDED and "exceed" in message):
        return Verdict.NODE_TROUBLE
    return Verdict.UNKNOWN
