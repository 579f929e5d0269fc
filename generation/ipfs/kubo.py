"""A Kubo node, over its RPC API: it is told what to keep, and its word is never taken for a CID."""

import json

import httpx
from django.conf import settings

TIMEOUT = httpx.Timeout(10, read=120)
"""seconds; a large file may take its time to be written"""


class KuboError(RuntimeError):
    """The node did not answer, or refused; trying again later may help."""


class WrongCid(RuntimeError):
    """The node answered another CID than ours: its settings differ, or its bytes do. Somebody has to look."""


def add(data: bytes, *, cid: str) -> None:
    """Have the node keep and pin these bytes under exactly this CID.

    As `ipfs add --cid-version=1 --raw-leaves`, with chunks of 256 KiB. Raises KuboError, WrongCid.
    """
    options = {
        "cid-version": "1", "raw-leaves": "true", "chunker": "size-262144", "hash": "sha2-256", "pin": "true",
        "wrap-with-directory": "false", "quieter": "true",
    }  # fmt: skip
    answer = _post("add", params=options, files={"file": ("file", data, "application/octet-stream")})
    try:
        found = json.loads(answer.strip().splitlines()[-1])["Hash"]
    except (ValueError, LookupError, TypeError) as error:
        raise KuboError(f"the node's answer cannot be read: {answer[:200]!r}") from error
    if found != cid:
        raise WrongCid(f"the node says {str(found)[:100]} where the bytes have {cid}")


def is_pinned(cid: str) -> bool:
    """Whether the node keeps this CID. Raises KuboError when it cannot be asked."""
    try:
        answer = json.loads(_post("pin/ls", params={"arg": cid, "type": "recursive"}))
    except KuboError as error:
        if "not pinned" in str(error):
            return False
        raise
    except ValueError as error:
        raise KuboError(f"the node's answer cannot be read: {error}") from error
    return isinstance(answer, dict) and cid in (answer.get("Keys") or {})


def _post(command: str, **request: object) -> str:
    """Kubo's RPC is POST only; errors come as JSON with a `Message`."""
    try:
        answer = httpx.post(f"{settings.IPFS_API}/api/v0/{command}", timeout=TIMEOUT, **request)  # type: ignore[arg-type] # httpx's own
    except httpx.HTTPError as error:
        raise KuboError(f"the node does not answer: {error or type(error).__name__}") from error
    if answer.is_error:
        raise KuboError(f"the node refused ({answer.status_code}): {answer.text[:500]}")
    return answer.text
