#!/usr/bin/env python3
"""Checks an export of Colophon with nothing but Python 3.10 or newer: no platform, no network, no other package.

    python3 verify.py                          everything in this folder
    python3 verify.py --file some-picture.png  is this file one of the works in here?
    python3 verify.py --rpc https://…          also ask a chain who owns the tokens, and whom their contracts trust

Each work is checked line by line: the file's SHA-256, its pixels, the recipe, a private prompt's commitment, the
signature (EIP-712, recovered here), the records of re-runs, and the token's description. A line says `holds`, `FAILS`
or `not told`; the exit status is 0 only when nothing fails. JPEG and WebP pictures need Pillow to be decoded, content
credentials (C2PA) need c2pa-python; without them these lines are `not told`. A signature proves who vouches, not that
a model ran.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import struct
import sys
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HOLDS, FAILS, UNKNOWN = "holds", "FAILS", "not told"

Line = tuple[str, str, str]
"""state, name, detail"""


# Keccak-256 (as Ethereum uses it) and secp256k1, after FIPS 202, SEC 1 and SEC 2.

_ROTATIONS = (
    (0, 36, 3, 41, 18), (1, 44, 10, 45, 2), (62, 6, 43, 15, 61), (28, 55, 25, 21, 56), (27, 20, 39, 8, 14)
)  # fmt: skip
_MASK = 2**64 - 1
_P = 2**256 - 2**32 - 977
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Point = tuple[int, int] | None
"""None is the point at infinity"""


def _round_constants() -> Iterator[int]:
    register = 1
    for _ in range(24):
        constant = 0
        for place in range(7):
            if register & 1:
                constant |= 1 << ((1 << place) - 1)
            register = (register << 1) ^ (0x171 if register >> 7 else 0)
        yield constant


def _permute(a: list[list[int]]) -> list[list[int]]:
    for constant in _round_constants():
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _rotated(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = _rotated(a[x][y] ^ d[x], _ROTATIONS[x][y])
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) & _MASK for y in range(5)] for x in range(5)]
        a[0][0] ^= constant
    return a


def _rotated(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK


def keccak(data: bytes) -> bytes:
    """Keccak-256 with the original padding."""
    rate = 136
    padded = data + b"\x01" + bytes(-(len(data) + 1) % rate)
    padded = padded[:-1] + bytes([padded[-1] | 0x80])
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for lane, value in enumerate(struct.unpack("<17Q", padded[start : start + rate])):
            state[lane % 5][lane // 5] ^= value
        state = _permute(state)
    return struct.pack("<4Q", *(state[lane][0] for lane in range(4)))


def _add(one: Point, two: Point) -> Point:
    if one is None or two is None:
        return two if one is None else one
    (x1, y1), (x2, y2) = one, two
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    top, bottom = (3 * x1 * x1, 2 * y1) if one == two else (y2 - y1, x2 - x1)
    slope = top * pow(bottom, -1, _P) % _P
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _times(factor: int, point: Point) -> Point:
    product: Point = None
    while factor:
        if factor & 1:
            product = _add(product, point)
        point, factor = _add(point, point), factor >> 1
    return product


def recover(digest: bytes, signature: bytes) -> str:
    """The address whose key made this 65-byte signature `r ‖ s ‖ v`, in lower case. Raises ValueError."""
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64:]
    if v not in (b"\x1b", b"\x1c") or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        raise ValueError("the signature is malformed")
    square = (pow(r, 3, _P) + 7) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        raise ValueError("the signature is malformed")
    point = (r, y if y % 2 == v[0] - 27 else _P - y)
    inverse = pow(r, -1, _ORDER)
    key = _add(_times(s * inverse % _ORDER, point), _times(-int.from_bytes(digest, "big") * inverse % _ORDER, _G))
    if key is None:
        raise ValueError("the signature is malformed")
    return "0x" + keccak(key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big"))[12:].hex()


# The attestation and the statements beside it (EIP-712)

_ATTESTATION = "Attestation(bytes32 pixelHash,bytes32 recipeHash,bytes32 modelHash,address creator,uint64 createdAt)"
_STATEMENTS = {
    "Trajectory": "Trajectory(bytes32 attestation,bytes32 renderHash,bytes32 root,uint32 leaves)",
    "Reexecution": (
        "Reexecution(bytes32 attestation,bytes32 classHash,bool sameClass,bytes32 renderHash,bytes32 trajectoryRoot,"
        "string result,uint32 pdqDistance,uint32 psnrHundredths,bool sameMachine,uint64 madeAt)"
    ),
    "Audit": (
        "Audit(bytes32 attestation,bytes32 classHash,bool sameClass,bytes32 trajectoryRoot,uint32 leaves,"
        "bytes32 nonce,uint32 transition,bytes32 expected,bytes32 found,string result,uint64 errorBillionths,"
        "bool sameMachine,uint64 madeAt)"
    ),
}


def attestation_digest(message: dict[str, Any]) -> bytes:
    """What the attester signed: `keccak(0x1901 ‖ domain ‖ message)`."""
    return _digest(_ATTESTATION, message)


def statement_digest(kind: str, message: dict[str, Any]) -> bytes:
    """The same of a statement beside it: `Trajectory`, `Reexecution` or `Audit`."""
    return _digest(_STATEMENTS[kind], message)


def _digest(struct_type: str, message: dict[str, Any]) -> bytes:
    domain = keccak(keccak(b"EIP712Domain(string name,string version)") + keccak(b"Colophon") + keccak(b"1"))
    fields = [part.split(" ") for part in struct_type[:-1].partition("(")[2].split(",")]
    words = [_word(kind, message[name]) for kind, name in fields]
    return keccak(b"\x19\x01" + domain + keccak(keccak(struct_type.encode()) + b"".join(words)))


def _word(kind: str, value: object) -> bytes:
    if kind == "string":
        return keccak(str(value).encode())
    if kind in ("bytes32", "address"):
        return _bytes(str(value)).rjust(32, b"\0")
    return int(str(int(value) if isinstance(value, bool) else value)).to_bytes(32, "big")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


# Pixels


def pixel_hash(data: bytes) -> str | None:
    """SHA-256 of `<mode>:<width>x<height>:` and the rows; None when this needs a package that is not there."""
    try:
        mode, width, height, pixels = _decode_png(data)
    except ValueError:
        try:
            from PIL import Image
        except ImportError:
            return None
        with Image.open(io.BytesIO(data)) as image:
            mode, width, height, pixels = image.mode, image.width, image.height, image.tobytes()
    return "0x" + hashlib.sha256(f"{mode}:{width}x{height}:".encode() + pixels).hexdigest()


def _decode_png(data: bytes) -> tuple[str, int, int, bytes]:
    """Mode, width, height and rows of a plain PNG of 8 bits a sample. Raises ValueError for any other file."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG file")
    place, packed, header = 8, b"", b""
    while place + 8 <= len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        place += size + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or interlaced or colour not in (0, 2, 4, 6):
        raise ValueError("a kind of PNG that needs Pillow")
    mode = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}[colour]
    return mode, width, height, _unfiltered(zlib.decompress(packed), width * len(mode), height, len(mode))


def _unfiltered(raw: bytes, row_size: int, height: int, step: int) -> bytes:
    """Undo the filters of the rows (PNG specification, section 9)."""
    if len(raw) != height * (row_size + 1):
        raise ValueError("a damaged PNG file")
    rows, above = [], bytearray(row_size)
    for start in range(0, len(raw), row_size + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + row_size])
        for i in range(row_size if kind else 0):
            left, up = (row[i - step] if i >= step else 0), above[i]
            if kind == 4:
                guess = _paeth(left, up, above[i - step] if i >= step else 0)
            else:
                guess = (0, left, up, (left + up) // 2)[kind]
            row[i] = (row[i] + guess) & 255
        rows.append(bytes(row))
        above = row
    return b"".join(rows)


def _paeth(left: int, up: int, corner: int) -> int:
    near_left, near_up, near_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if near_left <= near_up and near_left <= near_corner:
        return left
    return up if near_up <= near_corner else corner


# One work


def check_work(folder: Path, entry: dict[str, Any], rpc: str | None) -> Iterator[Line]:
    """Every line about one work."""
    picture = _read(folder, entry["file"])
    digest = "0x" + hashlib.sha256(picture).hexdigest()
    yield _equal("file", digest, entry["content_hash"], "the SHA-256 of the picture's file")
    attestation = json.loads(_read(folder, entry["attestation"]))
    message = attestation["message"]
    pixels = pixel_hash(picture)
    if pixels is None:
        yield UNKNOWN, "pixels", "decoding this kind of picture needs Pillow (pip install pillow)"
    else:
        yield _equal("pixels", pixels, message["pixelHash"], "the decoded pixels, which the signature speaks of")
    recipe_bytes = _read(folder, entry["recipe"])
    recipe = json.loads(recipe_bytes)
    yield _equal(
        "recipe", "0x" + hashlib.sha256(recipe_bytes).hexdigest(), message["recipeHash"], "the recipe that was signed"
    )
    yield _equal("model", recipe["model"]["model_hash"], message["modelHash"], "the model's weights in the recipe")
    if "prompt_salt" in entry:
        salted = hashlib.sha256(_bytes(entry["prompt_salt"]) + entry["prompt"].encode()).hexdigest()
        yield _equal("prompt", "0x" + salted, recipe["prompt_commitment"], "the private prompt that was committed to")
    yield _signature(attestation)
    yield from _reruns(folder, entry, attestation)
    yield from _credentials(picture, entry, folder)
    for token in entry["tokens"]:
        yield from _token(folder, entry, token, attestation, rpc)


def _equal(name: str, found: str, expected: str, what: str) -> Line:
    if found.lower() == expected.lower():
        return HOLDS, name, f"{what}: {found}"
    return FAILS, name, f"{what}: found {found}, expected {expected}"


def _signature(attestation: dict[str, Any]) -> Line:
    try:
        signer = recover(attestation_digest(attestation["message"]), _bytes(attestation["signature"]))
    except ValueError as error:
        return FAILS, "signature", str(error)
    return _equal("signature", signer, attestation["attester"], "the key that signed pixels, recipe and model")


# Re-runs: what was committed to when the picture was made, and who ran the recipe again.


def _reruns(folder: Path, entry: dict[str, Any], attestation: dict[str, Any]) -> Iterator[Line]:
    committed = None
    if "trajectory" in entry:
        committed = json.loads(_read(folder, entry["trajectory"]))
        yield _statement("trajectory", "Trajectory", committed, attestation)
    for name in entry.get("reruns", []):
        rerun = json.loads(_read(folder, name))
        record = rerun["record"]
        kind, message = record["primary_type"], record["message"]
        if kind not in ("Reexecution", "Audit"):
            yield FAILS, "re-run", f"{name} is no record of a re-run"
            continue
        yield _statement("re-run", kind, record, attestation)
        canonical = json.dumps(rerun["class"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        found = "0x" + hashlib.sha256(canonical.encode()).hexdigest()
        yield _equal("re-run", found, message["classHash"], "the class that it ran in")
        if kind == "Audit" and committed is not None:
            yield _audit(message, rerun["opened"], committed["message"])


def _statement(name: str, kind: str, document: dict[str, Any], attestation: dict[str, Any]) -> Line:
    message = document["message"]
    if message["attestation"] != "0x" + attestation_digest(attestation["message"]).hex():
        return FAILS, name, "it is about another attestation"
    try:
        signer = recover(statement_digest(kind, message), _bytes(document["signature"]))
    except ValueError as error:
        return FAILS, name, str(error)
    if signer != document["attester"].lower():
        return FAILS, name, f"signed by {signer}, not by {document['attester']}"
    if signer != attestation["attester"].lower():
        return UNKNOWN, name, f"signed by {signer}, another key than the attestation's; whose it is, a contract tells"
    if message.get("result") == "differs":
        return FAILS, name, f"{kind}: what came out differs; signed by {signer}"
    return HOLDS, name, f"{kind}{': ' + message['result'] if 'result' in message else ''}, signed by {signer}"


def _audit(message: dict[str, Any], opened: list[dict[str, Any]], committed: dict[str, Any]) -> Line:
    root, leaves = _bytes(committed["root"]), int(committed["leaves"])
    chance = hashlib.sha256(b"colophon.audit/1" + root + _bytes(message["nonce"])).digest()
    chosen = int.from_bytes(chance, "big") % (leaves + 1)
    if (message["trajectoryRoot"], int(message["leaves"])) != (committed["root"], leaves):
        return FAILS, "audit", "it is of another trajectory than was committed to"
    if int(message["transition"]) != chosen:
        return FAILS, "audit", f"the nonce chooses the transition {chosen}, not {message['transition']}"
    if message["result"] == "differs":
        return UNKNOWN, "audit", "what came out differs, so no leaf is opened"
    wanted = [index for index in (chosen - 1, chosen) if 0 <= index < leaves]
    if [each["index"] for each in opened] != wanted or not all(_lies_under(root, leaves, each) for each in opened):
        return FAILS, "audit", "the opened leaves do not lie under the root that was committed to"
    if chosen < leaves and opened[-1]["leaf"] != message["expected"]:
        return FAILS, "audit", "the opened leaf is not the one that was compared"
    return (
        HOLDS,
        "audit",
        f"transition {chosen} of 0 to {leaves}, as the nonce chose, opened under the committed root",
    )


def _lies_under(root: bytes, count: int, opened: dict[str, Any]) -> bool:
    """RFC 9162, section 2.1.3.2."""
    place, last, found = opened["index"], count - 1, _bytes(opened["leaf"])
    for beside in map(_bytes, opened["proof"]):
        if last == 0:
            return False
        if place % 2 or place == last:
            found = hashlib.sha256(b"\x01" + beside + found).digest()
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + beside).digest()
        place, last = place // 2, last // 2
    return last == 0 and found == root


def _credentials(picture: bytes, entry: dict[str, Any], folder: Path) -> Iterator[Line]:
    try:
        import c2pa
    except ImportError:
        yield UNKNOWN, "c2pa", "reading content credentials needs c2pa-python (pip install c2pa-python)"
        return
    anchors, stamps = (folder / "c2pa-anchors.pem").read_text(), folder / "stamp-anchors.pem"
    try:
        yield from _manifest_lines(_manifests(picture, entry["media_type"], anchors))
        if stamps.is_file():
            # Read once more: roots of time-stamp authorities must not make anybody a signer.
            yield _stamp(_manifests(picture, entry["media_type"], anchors + "\n" + stamps.read_text()))
    except c2pa.C2paError as error:
        yield FAILS, "c2pa", f"the content credentials cannot be read: {error}"


def _manifests(picture: bytes, media_type: str, anchors: str) -> dict[str, Any]:
    import c2pa

    trust = {"verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}}
    with (
        c2pa.Context.from_dict({**trust, "trust": {"trust_anchors": anchors}}) as context,
        c2pa.Reader(media_type, io.BytesIO(picture), context=context) as reader,
    ):
        store: dict[str, Any] = json.loads(reader.json())
        return store


def _stamp(store: dict[str, Any]) -> Line:
    active = (store.get("validation_results") or {}).get("activeManifest") or {}
    time = (store["manifests"][store["active_manifest"]].get("signature_info") or {}).get("time")
    if time is None:
        return UNKNOWN, "time-stamp", "the signature has none in the file"
    trusted = any(each.get("code") == "timeStamp.trusted" for each in active.get("success") or [])
    whose = "the authority whose roots are in here" if trusted else "an authority whose roots are not in here"
    return HOLDS if trusted else UNKNOWN, "time-stamp", f"{time}, by {whose}"


def _manifest_lines(store: dict[str, Any]) -> Iterator[Line]:
    """The newest manifest is judged by who signed it; those of the pictures it was made from are told only."""
    active = (store.get("validation_results") or {}).get("activeManifest") or {}
    codes = {entry.get("code") for entry in active.get("success") or []}
    # The library counts a stranger's signature on a picture that went in against the whole.
    intact = store.get("validation_state") == "Valid" and not active.get("failure")
    trusted = store.get("validation_state") == "Trusted" or (intact and "signingCredential.trusted" in codes)
    state = "Trusted" if trusted else store.get("validation_state")
    yield HOLDS if trusted else FAILS, "c2pa", f"content credentials: {state}"
    manifests = store["manifests"]
    for source in manifests[store["active_manifest"]].get("ingredients") or []:
        own = manifests.get(source.get("active_manifest")) or {}
        signer = (own.get("signature_info") or {}).get("common_name")
        kept = f"its own credentials, signed by {signer}, are kept" if own else "it had no credentials"
        yield HOLDS, "c2pa", f"made from {source.get('title')!r}; {kept}"


def _token(
    folder: Path, entry: dict[str, Any], token: dict[str, Any], attestation: dict[str, Any], rpc: str | None
) -> Iterator[Line]:
    metadata = _read(folder, token["metadata"])
    uri = _uri(hashlib.sha256(metadata).digest())
    yield _equal("description", uri, token["token_uri"], "the token's description, by its own hash")
    named = json.loads(metadata)["colophon"]["content_hash"]
    yield _equal("description", named, entry["content_hash"], "the picture that the description names")
    if rpc is None:
        yield UNKNOWN, "chain", f"not asked; --rpc with a node of chain {token['chain_id']} asks it"
        return
    try:
        yield from _on_chain(rpc, _bytes(entry["content_hash"]), token, uri, attestation)
    except (OSError, ValueError, KeyError) as error:
        yield UNKNOWN, "chain", f"it could not be asked: {error}"


def _on_chain(
    rpc: str, content: bytes, token: dict[str, Any], uri: str, attestation: dict[str, Any]
) -> Iterator[Line]:
    found = int(_ask(rpc, "eth_chainId"), 16)
    if found != token["chain_id"]:
        yield UNKNOWN, "chain", f"the node is of chain {found}, the token of {token['chain_id']}"
        return
    contract, message = token["contract"], attestation["message"]
    yield from _holding(rpc, contract, content, uri)
    signer = recover(attestation_digest(message), _bytes(attestation["signature"]))
    interval = _call(rpc, contract, "attester(address)", _bytes(signer).rjust(32, b"\0"))
    first, last = int.from_bytes(interval[:32], "big"), int.from_bytes(interval[32:64], "big")
    trusted = first <= int(message["createdAt"]) < last
    word = "trusts" if trusted else "does not trust"
    yield HOLDS if trusted else FAILS, "attester", f"the contract {word} {signer} for that time"


def _holding(rpc: str, contract: str, content: bytes, uri: str) -> Iterator[Line]:
    try:
        owner = _call(rpc, contract, "ownerOf(uint256)", content)
    except ValueError as error:
        if "revert" not in str(error):
            raise
        # Of a burnt token the contract keeps the description's hash; of one that never was it has none, and reverts.
        kept = _call(rpc, contract, "metadataHashOf(uint256)", content)
        yield HOLDS, "chain", "the token was on the chain and was burnt: nobody owns it any more"
        yield _equal("chain", _uri(kept), uri, "the description that the contract named")
        return
    yield HOLDS, "chain", f"the token is on the chain; its owner is 0x{owner[-20:].hex()}"
    answer = _call(rpc, contract, "tokenURI(uint256)", content)
    size = int.from_bytes(answer[32:64], "big")
    yield _equal("chain", answer[64 : 64 + size].decode(), uri, "the description that the contract names")


def _uri(digest: bytes) -> str:
    cid = "b" + base64.b32encode(bytes([1, 0x55, 0x12, 32]) + digest).decode()
    return "ipfs://" + cid.rstrip("=").lower()


def _call(rpc: str, contract: str, function: str, argument: bytes) -> bytes:
    data = "0x" + (keccak(function.encode())[:4] + argument).hex()
    answer = _bytes(_ask(rpc, "eth_call", {"to": contract, "data": data}, "latest"))
    if not answer:
        raise ValueError(f"there is no contract at {contract}")
    return answer


def _ask(rpc: str, method: str, *parameters: object) -> str:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    if not rpc.startswith(("http://", "https://")):
        raise ValueError("--rpc must be an http(s) address")
    request = urllib.request.Request(rpc, body, {"Content-Type": "application/json"})  # noqa: S310 - looked at above
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - looked at above
        answer = json.load(response)
    if "error" in answer:
        raise ValueError(f"{method}: {answer['error'].get('message')}")
    return str(answer["result"])


def _read(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if folder.resolve() not in path.parents:
        raise ValueError(f"{name} leads out of the export")
    return path.read_bytes()


# The whole export


def check_sums(folder: Path) -> Line:
    """Every file against SHA256SUMS, which `sha256sum -c SHA256SUMS` checks as well."""
    wrong = []
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ", 1)
        if not (folder / name).is_file() or hashlib.sha256(_read(folder, name)).hexdigest() != digest:
            wrong.append(name)
    if wrong:
        return FAILS, "sums", f"missing or changed: {', '.join(wrong[:5])}{' …' if len(wrong) > 5 else ''}"
    return HOLDS, "sums", "every file is as it was exported"


def _print(line: Line) -> bool:
    state, name, detail = line
    print(f"  {state:8} {name:12} {detail}")
    return state != FAILS


def _check_one(folder: Path, entry: dict[str, Any], rpc: str | None) -> bool:
    print(f"\n{entry['content_hash']}  {entry['title']}")
    try:
        lines = [_print(line) for line in check_work(folder, entry, rpc)]
    except (OSError, KeyError, ValueError, TypeError, zlib.error, struct.error) as error:
        return _print((FAILS, "export", f"{type(error).__name__}: {error}"))
    return all(lines)


def main() -> None:
    """Print every line; exit 0 only when nothing fails (and, with --file, when the file is in here)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="the unpacked export")
    parser.add_argument("--file", type=Path, help="check only the work that this file is")
    parser.add_argument("--rpc", help="the address of a node to ask about tokens")
    options = parser.parse_args()
    works = json.loads((options.folder / "works.json").read_text(encoding="utf-8"))["works"]
    if options.file is not None:
        digest = "0x" + hashlib.sha256(options.file.read_bytes()).hexdigest()
        works = [entry for entry in works if entry["content_hash"] == digest]
        if not works:
            print(f"{digest}: no work in this export has these bytes")
            sys.exit(1)
    held = [_print(check_sums(options.folder)), *[_check_one(options.folder, work, options.rpc) for work in works]]
    print(f"\n{len(works)} works checked, {'nothing fails' if all(held) else 'NOT everything holds'}")
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
