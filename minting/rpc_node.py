"""One RPC address of a chain: asking it, and how well it has answered lately."""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import requests

from minting.errors import WrongChain
from minting.node_errors import RpcError, Verdict, classify

if TYPE_CHECKING:
    from web3 import HTTPProvider

CONNECT_SECONDS = 3.05
READ_SECONDS = 10
LONGEST_REST_SECONDS = 60.0


class NodeTrouble(Exception):
    """The node did not answer, or could not: another one may. It may have carried out what it was asked."""


class Node:
    """An address, asked by any thread. After a failure it rests: 1 s, then twice as long each time."""

    def __init__(self, url: str, *, place: int, chain_id: int, chain_name: str) -> None:
        self.name = f"RPC address {place + 1} of {chain_name}"  # the address itself may hold a key
        self._chain_id = chain_id
        self._provider = _provider(url)
        self._is_checked = False
        self._failures = 0
        self._rests_until = 0.0
        self._lock = threading.Lock()

    @property
    def is_healthy(self) -> bool:
        """Whether it answered last time, or has rested since it did not."""
        return time.monotonic() >= self._rests_until

    def ask(self, method: str, parameters: Sequence[object]) -> Any:  # noqa: ANN401 - JSON-RPC results are any JSON
        """The result. Raises RpcError, NodeTrouble, WrongChain when the address leads to another chain."""
        try:
            if not self._is_checked:
                self._check_chain_id()
            result = self._ask(method, parameters)
        except (requests.RequestException, ValueError, OSError) as error:
            # ValueError: a proxy's error page instead of JSON.
            self._note(failed=True)
            raise NodeTrouble(f"{self.name}: {method}: {type(error).__name__}") from error
        except RpcError as error:
            if error.data is None and classify(error) is Verdict.NODE_TROUBLE:
                self._note(failed=True)
                raise NodeTrouble(f"{self.name}: {method}: {error.message}") from error
            self._note(failed=False)
            raise
        self._note(failed=False)
        return result

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            pause = min(2.0 ** (self._failures - 1), LONGEST_REST_SECONDS) if failed else 0.0
            self._rests_until = time.monotonic() + pause

    def _check_chain_id(self) -> None:
        found = int(self._ask("eth_chainId", ()), 16)
        if found != self._chain_id:
            raise WrongChain(
                f"{self.name} leads to chain {found}, but CHAINS says {self._chain_id}. Nothing was sent. "
                "Correct the address or the chain id."
            )
        self._is_checked = True

    def _ask(self, method: str, parameters: Sequence[object]) -> Any:  # noqa: ANN401 - any JSON
        response = self._provider.make_request(method, list(parameters))
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
        if isinstance(data, str):
            data = data.removeprefix("Reverted ")  # OpenEthereum and old Nethermind
        raise RpcError(
            code=int(error.get("code", -32000)),
            message=str(error.get("message", "unknown error")),
            data=data if isinstance(data, str) else None,
        )


def _provider(url: str) -> "HTTPProvider":
    # Imported here because it costs the web process half a second of its start (law 6).
    from web3 import HTTPProvider

    # web3's own retries would hide from us how often a transaction was sent.
    return HTTPProvider(
        url,
        request_kwargs={"timeout": (CONNECT_SECONDS, READ_SECONDS)},
        exception_retry_configuration=None,
    )
