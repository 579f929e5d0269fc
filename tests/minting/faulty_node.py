"""A JSON-RPC proxy before a test's chain that misbehaves when told to: real HTTP, real answers, real silence."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from eth_utils.crypto import keccak

from devstack.ports import HOST

Answer = dict[str, Any] | None
"""a JSON-RPC answer, or None to hang up without one"""
Fault = Callable[["FaultyNode", str, list[Any]], Answer | bool]
"""what a fault makes of a request: an answer, None to hang up, or False to let it through"""


class FaultyNode:
    """The proxy. `fault` is asked first about every request; `methods` are those that came."""

    def __init__(self, chain_url: str) -> None:
        self.chain_url = chain_url
        self.fault: Fault | None = None
        self.methods: list[str] = []
        self.frozen_at: int | None = None
        # One client for all requests: making one costs more than any of its answers.
        self._chain = httpx.Client(timeout=10)
        self._server = http.server.ThreadingHTTPServer((HOST, 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Its RPC address."""
        return f"http://{HOST}:{self._server.server_port}"

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._chain.close()

    def forward(self, method: str, parameters: list[Any]) -> dict[str, Any]:
        """The chain's own answer."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer: dict[str, Any] = self._chain.post(self.chain_url, json=body).json()
        return answer

    def _answer(self, request: dict[str, Any]) -> Answer:
        method, parameters = request["method"], request["params"]
        self.methods.append(method)
        answer = self.fault(self, method, parameters) if self.fault else False
        if answer is False or answer is True:
            answer = self.forward(method, parameters)
        return None if answer is None else {**answer, "id": request["id"]}

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = node._answer(request)
                if answer is None:
                    self.close_connection = True
                    return
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@contextmanager
def faulty_node(chain_url: str) -> Iterator[FaultyNode]:
    """A proxy before this chain."""
    node = FaultyNode(chain_url)
    try:
        yield node
    finally:
        node.stop()


def result(value: object) -> dict[str, Any]:
    """An answer with this result."""
    return {"jsonrpc": "2.0", "id": 1, "result": value}


def refusal(message: str, *, code: int = -32000) -> dict[str, Any]:
    """An answer with this error."""
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}


def dead(_node: FaultyNode, _method: str, _parameters: list[Any]) -> Answer | bool:
    """Hangs up on every request."""
    return None


def timeout_after_accepting(node: FaultyNode, method: str, parameters: list[Any]) -> Answer | bool:
    """Takes the first transaction, and hangs up instead of saying so."""
    if method != "eth_sendRawTransaction":
        return False
    node.fault = None
    node.forward(method, parameters)
    return None


def swallows_a_transaction(node: FaultyNode, method: str, parameters: list[Any]) -> Answer | bool:
    """Says of the first transaction that it has it, and loses it."""
    if method != "eth_sendRawTransaction":
        return False
    node.fault = None
    return result("0x" + keccak(hexstr=parameters[0]).hex())


def lags(node: FaultyNode, method: str, parameters: list[Any]) -> Answer | bool:
    """A replica that stays at the block that it had when first asked; it takes transactions all the same."""
    if node.frozen_at is None:
        node.frozen_at = int(node.forward("eth_blockNumber", [])["result"], 16)
    frozen = hex(node.frozen_at)
    if method == "eth_blockNumber":
        return result(frozen)
    if method in {"eth_getTransactionReceipt", "eth_getTransactionByHash"}:
        answer = node.forward(method, parameters)
        found = answer.get("result")
        late = found is not None and found.get("blockNumber") and int(found["blockNumber"], 16) > node.frozen_at
        return result(None) if late else answer
    if method == "eth_getBlockByNumber" and parameters[0].startswith("0x"):
        return result(None) if int(parameters[0], 16) > node.frozen_at else False
    if method in {"eth_getTransactionCount", "eth_getBalance", "eth_call", "eth_getBlockByNumber"}:
        place = 0 if method == "eth_getBlockByNumber" else 1
        if parameters[place:] and parameters[place] in {"latest", "pending", "safe", "finalized"}:
            return node.forward(method, [*parameters[:place], frozen, *parameters[place + 1 :]])
    return False
