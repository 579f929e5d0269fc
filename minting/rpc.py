"""The chain client: JSON-RPC over several addresses, tried in turn."""

import logging
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import requests

from minting.chains import ChainConfig
from minting.errors import ChainUnavailable, WrongChain

if TYPE_CHECKING:
    from web3 import HTTPProvider

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3.05
READ_SECONDS = 10
RATE_LIMITED = -32005
"""EIP-1474: limit exceeded. Another address may still answer."""


class RpcError(Exception):
    """The node answered, and the answer is an error. `data` is the revert data, when there is any."""

    def __init__(self, *, code: int, message: str, data: str | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class ChainClient:
    """One chain behind one or more RPC addresses. Safe to share between threads."""

    def __init__(self, config: ChainConfig) -> None:
        self.config = config
        self._providers = [_provider(url) for url in config.rpc_urls]
        self._checked: set[int] = set()

    def call(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC results are any JSON
        """The result of a JSON-RPC call, from the first address that answers.

        Raises RpcError when a node answers with an error, ChainUnavailable when none answers (the request may
        have arrived nevertheless), WrongChain when an address leads to a chain with another id.
        """
        for place in range(len(self._providers)):
            try:
                self._check_chain_id(place)
                return self._ask(place, method, parameters)
            except (requests.RequestException, ValueError, OSError) as error:
                # ValueError: a proxy's error page instead of JSON. The address may hold a key, so it is not logged.
                logger.warning(
                    "RPC address %d of %s: %s: %s", place + 1, self.config.name, method, type(error).__name__
                )
            except RpcError as error:
                if error.code != RATE_LIMITED:
                    raise
                logger.warning("RPC address %d of %s is over its rate limit", place + 1, self.config.name)
        raise ChainUnavailable(
            f"No RPC address of {self.config.name} answers. Nothing was lost: it is tried again by itself. "
            "If this lasts, check the chain's node and the setting CHAINS."
        )

    def _check_chain_id(self, place: int) -> None:
        if place in self._checked:
            return
        found = int(self._ask(place, "eth_chainId", ()), 16)
        if found != self.config.chain_id:
            raise WrongChain(
                f"RPC address {place + 1} of {self.config.name} leads to chain {found}, but CHAINS says "
                f"{self.config.chain_id}. Nothing was sent. Correct the address or the chain id."
            )
        self._checked.add(place)

    def _ask(self, place: int, method: str, parameters: Sequence[object]) -> Any:  # noqa: ANN401 - any JSON
        response = self._providers[place].make_request(method, list(parameters))
        error = response.get("error")
        if error is None:
            if "result" not in response:
                raise ValueError("neither a result nor an error")
            return response["result"]
        if isinstance(error, str):
            raise RpcError(code=-32000, message=error, data=None)
        data = error.get("data")
        if isinstance(data, dict):
            data = data.get("data")
        raise RpcError(
            code=int(error.get("code", -32000)),
            message=str(error.get("message", "unknown error")),
            data=data if isinstance(data, str) else None,
        )

    # What the platform asks of a chain

    def genesis_hash(self) -> bytes:
        """The hash of block 0, 32 bytes."""
        return bytes.fromhex(self.call("eth_getBlockByNumber", "0x0", False)["hash"][2:])  # noqa: FBT003 - JSON-RPC

    def block_number(self) -> int:
        """The newest block's number."""
        return int(self.call("eth_blockNumber"), 16)

    def block(self, number: int | str) -> dict[str, Any] | None:
        """A block without its transactions; None when this node has none at that height."""
        place = number if isinstance(number, str) else hex(number)
        block: dict[str, Any] | None = self.call("eth_getBlockByNumber", place, False)  # noqa: FBT003 - JSON-RPC
        return block

    def receipt(self, transaction_hash: bytes) -> dict[str, Any] | None:
        """The receipt as JSON. None proves nothing: the node may lag behind."""
        receipt: dict[str, Any] | None = self.call("eth_getTransactionReceipt", "0x" + transaction_hash.hex())
        return receipt

    def transaction_count(self, address: str, block: int | None = None) -> int:
        """How many transactions of this address are in the chain, up to a block or the newest: its next nonce."""
        place = "latest" if block is None else hex(block)
        return int(self.call("eth_getTransactionCount", address, place), 16)

    def balance(self, address: str) -> int:
        """In wei."""
        return int(self.call("eth_getBalance", address, "latest"), 16)

    def eth_call(self, *, to: str, data: bytes, sender: str | None = None, block: str = "latest") -> bytes:
        """Run a call without a transaction. Raises RpcError with the revert data when it reverts."""
        request = {"to": to, "data": "0x" + data.hex(), **({"from": sender} if sender else {})}
        return bytes.fromhex(self.call("eth_call", request, block)[2:])

    def estimate_gas(self, *, to: str | None, data: bytes, sender: str) -> int:
        """Gas a transaction would use now. Raises RpcError with the revert data when it would revert."""
        request = {"from": sender, "data": "0x" + data.hex(), **({"to": to} if to else {})}
        return int(self.call("eth_estimateGas", request), 16)

    def send_raw(self, raw: bytes) -> None:
        """Broadcast a signed transaction. Raises RpcError (see engine.send_errors) or ChainUnavailable."""
        self.call("eth_sendRawTransaction", "0x" + raw.hex())


def _provider(url: str) -> "HTTPProvider":
    # Imported here because it costs the web process half a second of its start (law 6).
    from web3 import HTTPProvider

    # web3's own retries would hide from us how often a transaction was sent.
    return HTTPProvider(
        url,
        request_kwargs={"timeout": (CONNECT_SECONDS, READ_SECONDS)},
        exception_retry_configuration=None,
    )


@cache
def client_for(config: ChainConfig) -> ChainClient:
    """The client of a configured chain, made once per process."""
    return ChainClient(config)
