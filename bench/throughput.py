"""Final tokens per second: through the API with the engine's batches, and by a bare web3.py sender on the same anvil.

Both are timed from the first request or transaction until every token has the confirmations that make it final. The
bare sender signs and sends one mint after the other and asks for receipts at the end: it stores nothing, checks
nothing and could lose everything; it is the ceiling of what this machine's chain does with single mints.
"""

import hashlib
import http.client
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from eth_account import Account
from web3 import Web3

from devstack import anvil
from devstack.block_clock import CONFIRMATIONS
from devstack.ports import wait_until
from devstack.state_folder import read_services
from minting.contracts import collection_artifact
from minting.contracts.mint_item import mint_item
from provenance.attestations import NO_CREATOR, Attestation, sign

CLIENTS = 4
GAS = 200_000
MINTS = int(os.environ.get("MINTS") or 1000)
VARIABLES = {"API_WRITES_PER_MINUTE": "10000000", "API_READS_PER_MINUTE": "10000000", "MINT_BUDGETS": "{}"}
"""limits that would be what is measured"""


def main(home: Path, variables: dict[str, str]) -> None:
    """Print both figures of a running Colophon, which must have one work."""
    services = read_services(home)
    asked, engine, carriers = _through_the_api(services, variables)
    bare = _bare(Web3(Web3.HTTPProvider(services["chain"]["address"])))
    print(
        f"mints          {MINTS / engine:.0f} final tokens/s through the API: {MINTS:,} in {engine:.1f} s, asked for "
        f"in {asked:.1f} s, in {carriers} transactions; a bare web3.py sender: {MINTS / bare:.0f}/s ({bare:.1f} s)"
    )


def _through_the_api(services: dict[str, Any], variables: dict[str, str]) -> tuple[float, float, int]:
    """Seconds until all were asked for, and until all were final; how many transactions carried them."""
    line = [sys.executable, "-m", "bench.seed_mints", str(MINTS)]
    seeded = json.loads(subprocess.run(line, check=True, capture_output=True, text=True, env=variables).stdout)
    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda place: _ask(services["web"]["address"], seeded, place), range(CLIENTS)))
    asked = time.monotonic() - started
    with psycopg.connect(services["database"]["address"], autocommit=True) as connection:
        count = "SELECT count(*), count(DISTINCT transaction_id) FROM minting_mint WHERE status = 'final'"
        count += " AND person_id = (SELECT id FROM accounts_person WHERE username = 'minter')"
        wait_until(lambda: _row(connection, count)[0] == MINTS, what="all are final", seconds=600)
        return asked, time.monotonic() - started, _row(connection, count)[1]


def _row(connection: "psycopg.Connection[Any]", query: str) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _ask(site: str, seeded: dict[str, Any], place: int) -> None:
    """One client: every CLIENTS-th mint, over one kept connection."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)
    headers = {"Host": "localhost", "Content-Type": "application/json", "Authorization": f"Bearer {seeded['key']}"}
    for work in seeded["works"][place::CLIENTS]:
        body = json.dumps({"work": work, "to": seeded["to"]})
        connection.request("POST", "/api/v1/mints", body, {**headers, "Idempotency-Key": work})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != http.HTTPStatus.CREATED:
            sys.exit(f"{answer.status}: {text.decode()}")
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
    receipts = [web3.eth.wait_for_transaction_receipt(sent, timeout=600, poll_latency=0.05) for sent in hashes]
    assert all(receipt["status"] == 1 for receipt in receipts)
    last = max(receipt["blockNumber"] for receipt in receipts)
    wait_until(lambda: web3.eth.block_number >= last + CONFIRMATIONS, what="the last is final", seconds=60)
    return time.monotonic() - started


def _item(place: int, to: str, attester: Any) -> tuple[object, ...]:  # noqa: ANN401 - an account with its key
    content = hashlib.sha256(f"bare {time.time_ns()} {place}".encode()).digest()
    attestation = Attestation(
        pixel_hash=content, recipe_hash=content, model_hash=content, creator=NO_CREATOR, created_at=int(time.time())
    )
    signature = sign(attestation, private_key=bytes(attester.key))
    return mint_item(content_hash=content, metadata_hash=content, to=to, attestation=attestation, signature=signature)
