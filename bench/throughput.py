"""`python -m bench.throughput`: final tokens per second through the API, and by a bare web3.py sender beside it.

All are timed from the first request or transaction until every token has the confirmations that make it final, on the
embedded chain. Through the API they are asked for one by one (a request each, four clients at once), and a hundred at
a time; the engine puts what waits together into transactions. The bare sender signs and sends one mint after the
other and asks for receipts at the end: it stores nothing, checks nothing and could lose everything; it is the ceiling
of what this machine's chain does with single mints. `MINTS` says how many, 1,000 by default. Part of `make bench`.
"""

import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from eth_account import Account
from web3 import Web3

from bench.machine import describe
from bench.running import addresses, demo, own_variables, up
from devstack import anvil
from devstack.block_clock import CONFIRMATIONS, SECONDS
from devstack.ports import wait_until
from devstack.state_folder import read_services
from minting.contracts import collection_artifact
from minting.contracts.mint_item import mint_item
from provenance.attestations import NO_CREATOR, Attestation, sign

CLIENTS = 4
TOGETHER = 100
GAS = 200_000
MINTS = int(os.environ.get("MINTS") or 1000)
LONGEST_SECONDS = 1800
VARIABLES = {"API_WRITES_PER_MINUTE": "10000000", "API_READS_PER_MINUTE": "10000000", "MINT_BUDGETS": "{}"}
"""limits that would be what is measured"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Seconds until all were asked for, and until all were final; how many transactions carried them."""

    asked: float
    final: float
    carriers: int


def main() -> None:
    """Start a Colophon of its own, and print the figures."""
    print(f"machine        {describe()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="colophon-throughput-") as folder:
        variables = own_variables(folder, VARIABLES)
        home = Path(variables["COLOPHON_HOME"])
        with up(variables):
            demo(variables)
            measure(home, {**variables, **addresses(home)})


def measure(home: Path, variables: dict[str, str]) -> None:
    """Print the figures of a running Colophon, which must have one work."""
    services = read_services(home)
    for name, ask in (("one by one", _one_by_one), (f"{TOGETHER} at a time", _together)):
        figures = _through_the_api(services, variables, ask)
        print(
            f"mints          {MINTS / figures.final:.1f} final tokens/s through the API, asked for {name}: {MINTS:,} "
            f"in {figures.final:.1f} s, asked for in {figures.asked:.1f} s, in {figures.carriers} transactions",
            flush=True,
        )
    bare = _bare(Web3(Web3.HTTPProvider(services["chain"]["address"])))
    print(
        f"mints          {MINTS / bare:.1f}/s by a bare web3.py sender, {MINTS:,} transactions in {bare:.1f} s; "
        f"a block every {SECONDS:.0f} s or more, {CONFIRMATIONS} confirmations",
        flush=True,
    )


def _through_the_api(
    services: dict[str, Any], variables: dict[str, str], ask: Callable[[str, dict[str, Any], int], None]
) -> Figures:
    line = [sys.executable, "-m", "bench.inside", "bench.seed_mints", str(MINTS)]
    seeded = json.loads(subprocess.run(line, check=True, capture_output=True, text=True, env=variables).stdout)
    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda place: ask(services["web"]["address"], seeded, place), range(CLIENTS)))
    asked = time.monotonic() - started
    with psycopg.connect(services["database"]["address"], autocommit=True) as connection:
        count = "SELECT count(*), count(DISTINCT transaction_id) FROM minting_mint WHERE status = 'final'"
        count += f" AND \"to\" = '{seeded['to']}'"
        wait_until(lambda: _row(connection, count)[0] == MINTS, what="all are final", seconds=LONGEST_SECONDS)
        return Figures(asked=asked, final=time.monotonic() - started, carriers=_row(connection, count)[1])


def _row(connection: "psycopg.Connection[Any]", query: str) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _one_by_one(site: str, seeded: dict[str, Any], place: int) -> None:
    """One client: every CLIENTS-th mint."""
    mints = [{"work": work, "to": seeded["to"]} for work in seeded["works"][place::CLIENTS]]
    _post(site, "/api/v1/mints", seeded["key"], mints)


def _together(site: str, seeded: dict[str, Any], place: int) -> None:
    """One client: every CLIENTS-th batch."""
    mints = [{"work": work, "to": seeded["to"]} for work in seeded["works"]]
    batches: list[dict[str, Any]] = [
        {"mints": mints[begin : begin + TOGETHER]} for begin in range(0, len(mints), TOGETHER)
    ]
    _post(site, "/api/v1/mints/batch", seeded["key"], batches[place::CLIENTS])


def _post(site: str, path: str, key: str, bodies: list[dict[str, Any]]) -> None:
    """Each under an Idempotency-Key of its own, over one kept connection."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=300)
    headers = {"Host": "localhost", "Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    for body in bodies:
        text = json.dumps(body)
        own_key = hashlib.sha256(text.encode()).hexdigest()
        connection.request("POST", path, text, {**headers, "Idempotency-Key": own_key})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != http.HTTPStatus.CREATED:
            sys.exit(f"{answer.status}: {said.decode()}")
    connection.close()


def _bare(web3: Web3) -> float:
    """Seconds for as many single mints in a collection of the sender's own."""
    sender, attester = Account.create(), Account.create()
    anvil.fund(web3.provider.endpoint_uri, sender.address)  # type: ignore[attr-defined] # an HTTPProvider
    artifact, chain_id, price = collection_artifact(), web3.eth.chain_id, 4 * web3.eth.gas_price
    fixed = {"chainId": chain_id, "gasPrice": price, "value": 0}
    royalty, to_creator = 500, False
    setup = (
        "Bench", "BENCH", sender.address, sender.address, attester.address, sender.address, royalty, to_creator,
        hashlib.sha256(b"bench").digest(),
    )  # fmt: skip
    creation = web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode).constructor(setup).data_in_transaction
    deployed = sender.sign_transaction({**fixed, "nonce": 0, "gas": 6_000_000, "to": "", "data": creation})
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(deployed.raw_transaction))
    contract = web3.eth.contract(address=receipt["contractAddress"], abi=artifact.abi)
    calls = [contract.encode_abi("mint", [_item(place, sender.address, attester)]) for place in range(MINTS)]
    started = time.monotonic()
    hashes = []
    for place, data in enumerate(calls):
        fields = {**fixed, "nonce": place + 1, "gas": GAS, "to": contract.address, "data": data}
        hashes.append(web3.eth.send_raw_transaction(sender.sign_transaction(fields).raw_transaction))
    receipts = [
        web3.eth.wait_for_transaction_receipt(sent, timeout=LONGEST_SECONDS, poll_latency=0.05) for sent in hashes
    ]
    assert all(receipt["status"] == 1 for receipt in receipts)
    last = max(receipt["blockNumber"] for receipt in receipts)
    wait_until(
        lambda: web3.eth.block_number >= last + CONFIRMATIONS, what="the last is final", seconds=LONGEST_SECONDS
    )
    return time.monotonic() - started


def _item(place: int, to: str, attester: Any) -> tuple[object, ...]:  # noqa: ANN401 - an account with its key
    content = hashlib.sha256(f"bare {time.time_ns()} {place}".encode()).digest()
    attestation = Attestation(
        pixel_hash=content, recipe_hash=content, model_hash=content, creator=NO_CREATOR, created_at=int(time.time())
    )
    signature = sign(attestation, private_key=bytes(attester.key))
    return mint_item(content_hash=content, metadata_hash=content, to=to, attestation=attestation, signature=signature)


if __name__ == "__main__":
    main()
