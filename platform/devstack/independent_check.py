"""Is this file a token, and does its note hold? Found out without the platform's code.

`python -m devstack.independent_check FILE --contract 0x… --rpc URL --gateway URL`. Needed: SHA-256, a JSON-RPC node,
any server that knows IPFS addresses (its answers are hashed, not believed), and the recovery of an EIP-712 signature.
"""

import argparse
import base64
import hashlib
import io
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from PIL import Image

RAW_SHA256_CID_HEAD = bytes([0x01, 0x55, 0x12, 0x20])
"""CIDv1, raw, sha2-256, 32 bytes"""
ATTESTATION_TYPES = {
    "Attestation": [
        {"name": "pixelHash", "type": "bytes32"},
        {"name": "recipeHash", "type": "bytes32"},
        {"name": "modelHash", "type": "bytes32"},
        {"name": "creator", "type": "address"},
        {"name": "createdAt", "type": "uint64"},
    ]
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One question and its answer."""

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Every finding in order; the rest is what was read on the way."""

    findings: list[Finding] = field(default_factory=list)
    content_hash: str = ""
    owner: str = ""
    token_uri: str = ""

    @property
    def holds(self) -> bool:
        """True only when everything was asked and everything holds."""
        return bool(self.findings) and all(finding.holds for finding in self.findings)


class CheckEnded(Exception):
    """A question could not be answered, so the ones after it cannot be asked."""


def check(data: bytes, *, contract: str, rpc_url: str, gateway: str, owner: str | None = None) -> Verdict:
    """Ask, in order: token, owner, metadata, recipe, attestation, attester. Stops at what cannot be told.

    `gateway` is the address before `/ipfs/…`. With `owner`, the token must be owned by that address.
    """
    digest = hashlib.sha256(data).digest()
    found: list[Finding] = [Finding(name="content hash", holds=True, detail="0x" + digest.hex())]
    held_by = token_uri = ""
    try:
        held_by = _owner_of(digest, contract=contract, rpc_url=rpc_url)
        is_expected = owner is None or held_by.lower() == owner.lower()
        found.append(
            Finding(name="ownerOf", holds=is_expected, detail=f"the token of this file is owned by {held_by}")
        )
        token_uri = _token_uri(digest, contract=contract, rpc_url=rpc_url)
        metadata = json.loads(_fetch(token_uri, gateway=gateway))
        found.append(Finding(name="metadata", holds=True, detail=f"its bytes hash to {token_uri}"))
        found.extend(_about_attestation(metadata, data, contract=contract, rpc_url=rpc_url, gateway=gateway))
    except (CheckEnded, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        found.append(Finding(name="could not be told", holds=False, detail=f"{type(error).__name__}: {error}"))
    return Verdict(findings=found, content_hash="0x" + digest.hex(), owner=held_by, token_uri=token_uri)


def _about_attestation(
    metadata: dict[str, Any], data: bytes, *, contract: str, rpc_url: str, gateway: str
) -> list[Finding]:
    note = metadata["colophon"]
    message = note["attestation"]["message"]
    pixels, recipe = _pixel_hash(data), hashlib.sha256(_fetch(note["recipe"], gateway=gateway)).hexdigest()
    signer = _recover(message, note["attestation"]["signature"])
    known = _knows_attester(signer, at=int(message["createdAt"]), contract=contract, rpc_url=rpc_url)
    return [
        Finding(
            name="pixels", holds=message["pixelHash"] == "0x" + pixels, detail=f"decoded pixels hash to 0x{pixels}"
        ),
        Finding(
            name="recipe", holds=message["recipeHash"] == "0x" + recipe, detail=f"the recipe hashes to 0x{recipe}"
        ),
        Finding(
            name="attestation",
            holds=signer == to_checksum_address(note["attestation"]["attester"]),
            detail=f"signed by {signer}",
        ),
        Finding(
            name="attester", holds=known, detail=f"the contract {'knows' if known else 'does not know'} {signer}"
        ),
    ]


def _owner_of(digest: bytes, *, contract: str, rpc_url: str) -> str:
    """The token's id is the file's SHA-256. Raises CheckEnded when there is no such token."""
    answer = _eth_call("ownerOf(uint256)", digest, contract=contract, rpc_url=rpc_url)
    return str(to_checksum_address(answer[12:32]))


def _token_uri(digest: bytes, *, contract: str, rpc_url: str) -> str:
    answer = _eth_call("tokenURI(uint256)", digest, contract=contract, rpc_url=rpc_url)
    length = int.from_bytes(answer[32:64])
    return answer[64 : 64 + length].decode("ascii")


def _knows_attester(account: str, *, at: int, contract: str, rpc_url: str) -> bool:
    """Whether the contract's interval for this attester covers `at`, in seconds since the epoch."""
    padded = bytes(12) + bytes.fromhex(account[2:])
    answer = _eth_call("attester(address)", padded, contract=contract, rpc_url=rpc_url)
    return int.from_bytes(answer[:32]) <= at < int.from_bytes(answer[32:64])


def _eth_call(signature: str, argument: bytes, *, contract: str, rpc_url: str) -> bytes:
    call = {"to": contract, "data": "0x" + (keccak(text=signature)[:4] + argument).hex()}
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}
    answer = httpx.post(rpc_url, json=body, timeout=30).json()
    if "error" in answer:
        raise CheckEnded(f"{signature} of {contract}: {answer['error']['message']}")
    if answer["result"] in ("", "0x"):
        raise CheckEnded(f"there is no contract at {contract}")
    return bytes.fromhex(answer["result"][2:])


def _fetch(uri: str, *, gateway: str) -> bytes:
    """The bytes at `ipfs://bafkrei…`, whoever serves them: they must have the hash that their address says."""
    cid = uri.removeprefix("ipfs://")
    wanted = base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
    answer = httpx.get(f"{gateway}/ipfs/{cid}", timeout=30)
    answer.raise_for_status()
    if RAW_SHA256_CID_HEAD + hashlib.sha256(answer.content).digest() != wanted:
        raise CheckEnded(f"what {gateway} serves as {cid} has another hash")
    return answer.content


def _pixel_hash(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as image:
        header = f"{image.mode}:{image.width}x{image.height}:".encode("ascii")
        return hashlib.sha256(header + image.tobytes()).hexdigest()


def _recover(message: dict[str, str], signature: str) -> str:
    typed = encode_typed_data(
        domain_data={"name": "Colophon", "version": "1"},
        message_types=ATTESTATION_TYPES,
        message_data={**message, "createdAt": int(message["createdAt"])},
    )
    return str(Account.recover_message(typed, signature=signature))


def main() -> None:
    """Print every finding; exit code 0 only when all hold."""
    parser = argparse.ArgumentParser(prog="python -m devstack.independent_check", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--contract", required=True)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--gateway", required=True)
    options = parser.parse_args()
    verdict = check(
        options.file.read_bytes(), contract=options.contract, rpc_url=options.rpc, gateway=options.gateway
    )
    for finding in verdict.findings:
        print(f"{'holds' if finding.holds else 'FAILS':6} {finding.name:14} {finding.detail}")
    sys.exit(0 if verdict.holds else 1)


if __name__ == "__main__":
    main()
